namespace Natflow.Cluster.Ownership;

/// <summary>What an operator wants of a node, for as long as its key is there. Numbers are written to etcd: never renumber.</summary>
public enum NodeWish
{
    /// <summary>It takes part.</summary>
    None = 0,

    /// <summary>It gives its shards to others and takes none; it stays a member.</summary>
    Drain = 1,

    /// <summary>As <see cref="Drain"/>, and it ceases to be a member when it has none.</summary>
    Leave = 2,

    /// <summary>It stops at once and ceases to be a member: others take its shards over.</summary>
    Down = 3,
}
