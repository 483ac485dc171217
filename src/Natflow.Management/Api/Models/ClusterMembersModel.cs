namespace Natflow.Management.Api.Models;

/// <summary>Members of the cluster, as Akka Management answers.</summary>
/// <param name="SelfNode">Address of this node.</param>
/// <param name="Members">All members.</param>
/// <param name="Unreachable">Members that others do not reach.</param>
/// <param name="Leader">The leader; null where there is none.</param>
/// <param name="Oldest">The oldest; null where there is none.</param>
/// <param name="OldestPerRole">The oldest of each role.</param>
public sealed record ClusterMembersModel(
    string SelfNode,
    IReadOnlyList<ClusterMemberModel> Members,
    IReadOnlyList<ClusterUnreachableModel> Unreachable,
    string? Leader,
    string? Oldest,
    IReadOnlyDictionary<string, string> OldestPerRole);
