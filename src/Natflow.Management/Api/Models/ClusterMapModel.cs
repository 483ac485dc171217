namespace Natflow.Management.Api.Models;

/// <summary>A cluster as one node sees it.</summary>
/// <param name="Name">Name of the cluster.</param>
/// <param name="Self">Name of the node that answers.</param>
/// <param name="Leader">Who balances; null while nobody does.</param>
/// <param name="Oldest">Who is a member longest; null where there is none.</param>
/// <param name="Revision">Revision of etcd that this is of.</param>
/// <param name="Nodes">The members, by name.</param>
/// <param name="Shards">The shards, by number.</param>
public sealed record ClusterMapModel(
    string Name, string Self, string? Leader, string? Oldest, long Revision, IReadOnlyList<ClusterNodeModel> Nodes, IReadOnlyList<ClusterShardModel> Shards);
