namespace Natflow.Management.Api.Models;

/// <summary>One check.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsOk">Whether it is well.</param>
/// <param name="Detail">In words.</param>
public sealed record HealthCheckModel(string Name, bool IsOk, string Detail)
{
    /// <summary>Whether the gateway is not ready without it. Forwarding does not need the journal.</summary>
    public bool IsVital { get; init; } = true;
}
