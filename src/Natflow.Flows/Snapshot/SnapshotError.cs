namespace Natflow.Flows.Snapshot;

/// <summary>Why a snapshot is not taken up.</summary>
public enum SnapshotError
{
    /// <summary>It can be taken up.</summary>
    None = 0,

    /// <summary>The bytes do not begin like a snapshot.</summary>
    NotASnapshot = 1,

    /// <summary>Written by a version with another layout.</summary>
    OtherVersion = 2,

    /// <summary>Ends before its end mark: the writer was interrupted.</summary>
    Truncated = 3,

    /// <summary>A checksum or a length does not fit.</summary>
    Damaged = 4,

    /// <summary>Older than a restart takes: what it knows is no longer so.</summary>
    TooOld = 5,
}
