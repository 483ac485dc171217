namespace Natflow.Management.Api.Models;

/// <summary>Health of the gateway's parts.</summary>
/// <param name="IsHealthy">Whether all checks are well.</param>
/// <param name="Checks">Each check.</param>
public sealed record HealthModel(bool IsHealthy, IReadOnlyList<HealthCheckModel> Checks);
