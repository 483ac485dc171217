namespace Natflow.Cluster.Ownership;

/// <summary>How a node takes part. Numbers are written to etcd: never renumber.</summary>
public enum NodeState
{
    /// <summary>It is there, but takes nothing yet.</summary>
    Joining = 0,

    /// <summary>It takes shards.</summary>
    Up = 1,

    /// <summary>It gives its shards to others and takes none.</summary>
    Draining = 2,

    /// <summary>It holds nothing and is about to go.</summary>
    Down = 3,
}
