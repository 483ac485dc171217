namespace Natflow.Cluster.Ownership;

/// <summary>Which node has a whole copy of a shard.</summary>
/// <param name="Node">Name of the node; empty for none.</param>
/// <param name="OwnerToken">Token of the owner that it is a copy of.</param>
public readonly record struct ShardCopy(string Node, long OwnerToken);
