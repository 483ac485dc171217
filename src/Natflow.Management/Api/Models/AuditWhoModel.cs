namespace Natflow.Management.Api.Models;

/// <summary>Who had a public endpoint at a time.</summary>
/// <param name="Public">The address.</param>
/// <param name="Port">The port.</param>
/// <param name="At">When, ISO 8601.</param>
/// <param name="User">Inside address; null for nobody on record.</param>
/// <param name="Zone">Its zone.</param>
/// <param name="FirstPort">First port of what it held.</param>
/// <param name="PortCount">Ports of what it held.</param>
/// <param name="Since">Since when; null where that is not on record any more.</param>
/// <param name="Until">Until when; null if it still holds them.</param>
/// <param name="Basis">port-block, snapshot, deterministic or none: what the answer rests on.</param>
/// <param name="Event">Stream and number of the event that it rests on.</param>
public sealed record AuditWhoModel(
    string Public, int Port, string At, string? User, int Zone, int FirstPort, int PortCount, string? Since, string? Until, string Basis, string? Event)
{
    /// <summary>Other nodes of the cluster that were asked and did not answer in time: what only they have on record is missing.</summary>
    public IReadOnlyList<string> Silent { get; init; } = [];
}
