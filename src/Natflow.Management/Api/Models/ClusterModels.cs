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

/// <summary>A member.</summary>
/// <param name="Node">Address.</param>
/// <param name="NodeUid">Number of its incarnation.</param>
/// <param name="Status">Joining, Up, Leaving, Exiting, Down, Removed, WeaklyUp.</param>
/// <param name="Roles">Its roles.</param>
public sealed record ClusterMemberModel(string Node, string NodeUid, string Status, IReadOnlyList<string> Roles);

/// <summary>A member that others do not reach.</summary>
/// <param name="Node">Address.</param>
/// <param name="ObservedBy">Who does not reach it.</param>
public sealed record ClusterUnreachableModel(string Node, IReadOnlyList<string> ObservedBy);

/// <summary>Types of sharded entities.</summary>
/// <param name="EntityTypeKeys">Their names.</param>
public sealed record ClusterShardsModel(IReadOnlyList<string> EntityTypeKeys);

/// <summary>Nodes that a new one may join.</summary>
/// <param name="SelfNode">Address of this node.</param>
/// <param name="SeedNodes">Reachable members.</param>
public sealed record SeedNodesModel(string SelfNode, IReadOnlyList<SeedNodeModel> SeedNodes);

/// <summary>A node that a new one may join.</summary>
/// <param name="Node">Address.</param>
/// <param name="NodeUid">Number of its incarnation.</param>
/// <param name="Status">Its status.</param>
/// <param name="Roles">Its roles.</param>
public sealed record SeedNodeModel(string Node, long NodeUid, string Status, IReadOnlyList<string> Roles);

/// <summary>An answer in words, as Akka Management gives it.</summary>
/// <param name="Message">The words.</param>
public sealed record MessageModel(string Message);
