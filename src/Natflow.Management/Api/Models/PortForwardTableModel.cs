namespace Natflow.Management.Api.Models;

/// <summary>Port forwards.</summary>
/// <param name="Forwards">All of them.</param>
public sealed record PortForwardTableModel(IReadOnlyList<PortForwardModel> Forwards);
