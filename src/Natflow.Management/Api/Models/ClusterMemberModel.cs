namespace Natflow.Management.Api.Models;

/// <summary>A member.</summary>
/// <param name="Node">Address.</param>
/// <param name="NodeUid">Number of its incarnation.</param>
/// <param name="Status">Joining, Up, Leaving, Exiting, Down, Removed, WeaklyUp.</param>
/// <param name="Roles">Its roles.</param>
public sealed record ClusterMemberModel(string Node, string NodeUid, string Status, IReadOnlyList<string> Roles);
