using Natflow.Cluster.Ownership;

namespace Natflow.Cluster;

/// <summary>A cluster as one node sees it: as late as its watch, never wrong.</summary>
/// <param name="Self">The node that sees it so.</param>
/// <param name="Leader">Who balances; empty while nobody does.</param>
/// <param name="Revision">Revision of etcd that this is of.</param>
/// <param name="Nodes">The nodes whose leases live, by name.</param>
/// <param name="Draining">Names of nodes that give their shards to others.</param>
/// <param name="Shards">The shards, by number.</param>
public sealed record ClusterStanding(string Self, string Leader, long Revision, IReadOnlyList<ClusterNode> Nodes, IReadOnlyList<string> Draining, IReadOnlyList<ShardRow> Shards);

/// <summary>A shard in <see cref="ClusterStanding"/>; empty names for nobody.</summary>
/// <param name="Shard">Its number.</param>
/// <param name="Owner">Who owns it.</param>
/// <param name="Standby">Who is to stand by.</param>
/// <param name="Copy">Who has a whole copy.</param>
/// <param name="Token">The owner's fencing token; 0 for nobody.</param>
public readonly record struct ShardRow(int Shard, string Owner, string Standby, string Copy, long Token);
