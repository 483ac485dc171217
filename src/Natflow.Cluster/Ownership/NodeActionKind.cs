namespace Natflow.Cluster.Ownership;

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
