namespace Natflow.Management.Api.Models;

/// <summary>A QoS rule; all flows of it share its rates.</summary>
/// <param name="User">An address, a net, the name of a set, or empty for any.</param>
/// <param name="UserPort">A port, the name of a set, or empty for any.</param>
/// <param name="Remote">The other end, before source translation; as for the user.</param>
/// <param name="RemotePort">The other end's port.</param>
/// <param name="Protocol">tcp, udp or empty for any.</param>
/// <param name="RateDown">To users, bit/s; 0 for no limit.</param>
/// <param name="RateUp">From users, bit/s; 0 for no limit.</param>
public sealed record QosRuleModel(string? User, string? UserPort, string? Remote, string? RemotePort, string? Protocol, long RateDown, long RateUp);
