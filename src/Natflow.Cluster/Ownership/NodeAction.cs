namespace Natflow.Cluster.Ownership;

/// <summary>What a node should do now.</summary>
/// <param name="Kind">What.</param>
/// <param name="Shard">About which shard; -1 for none.</param>
/// <param name="Token">Token that the transaction compares; 0 for "nobody owns it".</param>
/// <param name="Node">The other node; empty for none.</param>
public readonly record struct NodeAction(NodeActionKind Kind, int Shard, long Token, string Node);

/// <summary>Kinds of <see cref="NodeAction"/>.</summary>
public enum NodeActionKind
{
    /// <summary>Take a shard.</summary>
    Claim,

    /// <summary>Give a shard to a node that has a whole copy.</summary>
    HandOver,

    /// <summary>Become the leader.</summary>
    Lead,

    /// <summary>Write another plan.</summary>
    Plan,
}
