using Natflow.Cluster.Ownership;

namespace Natflow.Cluster;

/// <summary>A cluster as one node sees it: as late as its watch, never wrong.</summary>
/// <param name="Self">The node that sees it so.</param>
/// <param name="Leader">Who balances; empty while nobody does.</param>
/// <param name="Oldest">The member that is one longest; empty for none.</param>
/// <param name="Revision">Revision of etcd that this is of.</param>
/// <param name="Nodes">The nodes whose leases live, by name.</param>
/// <param name="Draining">Names of nodes that give their shards to others.</param>
/// <param name="Shards">The shards, by number.</param>
public sealed record ClusterStanding(string Self, string Leader, string Oldest, long Revision, IReadOnlyList<ClusterNode> Nodes, IReadOnlyList<string> Draining, IReadOnlyList<ShardRow> Shards)
{
    /// <summary>Names of nodes that this one follows, and has no connection to.</summary>
    public IReadOnlyList<string> Unreachable { get; init; } = [];
}
