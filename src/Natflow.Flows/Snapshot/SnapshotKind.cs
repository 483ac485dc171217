namespace Natflow.Flows.Snapshot;

/// <summary>What the records of a frame are. Numbers are in files: never renumber, only append.</summary>
internal enum SnapshotKind : ushort
{
    /// <summary>The end: one record, the number of frames before.</summary>
    End = 0,

    /// <summary><see cref="SnapshotSubscriber"/>.</summary>
    Subscribers = 1,

    /// <summary><see cref="SnapshotUser"/>.</summary>
    Users = 2,

    /// <summary><see cref="SnapshotBlock"/>.</summary>
    Blocks = 3,

    /// <summary><see cref="SnapshotFlow"/>.</summary>
    Flows = 4,

    /// <summary><see cref="SnapshotStream"/>.</summary>
    Streams = 5,

    /// <summary><see cref="SnapshotIpv6Flow"/>.</summary>
    Ipv6Flows = 6,

    /// <summary><see cref="SnapshotLease"/>.</summary>
    Leases = 7,
}
