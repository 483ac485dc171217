namespace Natflow.Cluster.Ownership;

/// <summary>What a node should do now.</summary>
/// <param name="Kind">What.</param>
/// <param name="Shard">About which shard; -1 for none.</param>
/// <param name="Token">Token that the transaction compares; 0 for "nobody owns it".</param>
/// <param name="Node">The other node; empty for none.</param>
public readonly record struct NodeAction(NodeActionKind Kind, int Shard, long Token, string Node);
