namespace Natflow.Flows.Snapshot;

/// <summary>Why a record of a snapshot was not taken up: most often because the configuration is another.</summary>
public enum SnapshotRefusal
{
    /// <summary>It was taken up.</summary>
    None = 0,

    /// <summary>Its time was over while the gateway was away.</summary>
    Expired = 1,

    /// <summary>Another shard owns its subscriber or its port now.</summary>
    OtherShard = 2,

    /// <summary>Its address, port or prefix is none of the configuration any more.</summary>
    NotConfigured = 3,

    /// <summary>Its port or block is another's already.</summary>
    Taken = 4,

    /// <summary>A limit or the size of a table does not allow it.</summary>
    Limit = 5,

    /// <summary>It contradicts itself.</summary>
    Invalid = 6,
}
