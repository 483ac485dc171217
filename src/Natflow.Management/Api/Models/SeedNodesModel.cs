namespace Natflow.Management.Api.Models;

/// <summary>Nodes that a new one may join.</summary>
/// <param name="SelfNode">Address of this node.</param>
/// <param name="SeedNodes">Reachable members.</param>
public sealed record SeedNodesModel(string SelfNode, IReadOnlyList<SeedNodeModel> SeedNodes);
