namespace Natflow.Cluster.Etcd;

/// <summary>How a call to etcd ended. An operating condition, never an exception.</summary>
public enum EtcdStatus
{
    /// <summary>It was done.</summary>
    Ok,

    /// <summary>No member answered in time, or none has a leader. A write may have been done or not: read before you decide.</summary>
    Unavailable,

    /// <summary>The name, password or token is not taken.</summary>
    Unauthenticated,

    /// <summary>The user may not.</summary>
    Forbidden,

    /// <summary>There is no such lease.</summary>
    NotFound,

    /// <summary>The revision is compacted, or lies in the future.</summary>
    OutOfRange,

    /// <summary>The database is full.</summary>
    Exhausted,

    /// <summary>etcd does not understand the request, or its answer is none: a mistake here, or no etcd there.</summary>
    Invalid,
}
