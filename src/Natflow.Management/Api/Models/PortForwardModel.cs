namespace Natflow.Management.Api.Models;

/// <summary>A port that always leads inside.</summary>
/// <param name="Protocol">tcp or udp.</param>
/// <param name="Address">Public address; null for the first one.</param>
/// <param name="Port">External port, 1 to 65535.</param>
/// <param name="To">Inside address.</param>
/// <param name="ToPort">Inside port; absent for the external one.</param>
/// <param name="Zone">Zone of the inside address.</param>
public sealed record PortForwardModel(string Protocol, string? Address, int Port, string To, int? ToPort, int Zone);
