namespace Natflow.Management.Api.Models;

/// <summary>A node that a new one may join.</summary>
/// <param name="Node">Address.</param>
/// <param name="NodeUid">Number of its incarnation.</param>
/// <param name="Status">Its status.</param>
/// <param name="Roles">Its roles.</param>
public sealed record SeedNodeModel(string Node, long NodeUid, string Status, IReadOnlyList<string> Roles);
