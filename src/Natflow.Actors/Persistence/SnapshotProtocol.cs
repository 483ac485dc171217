namespace Natflow.Actors.Persistence;

/// <summary>Which snapshot: identity, last event included, time.</summary>
/// <param name="PersistenceId">The stream.</param>
/// <param name="SequenceNr">Number of the last event included.</param>
/// <param name="Timestamp">When it was taken, UTC.</param>
public sealed record SnapshotMetadata(string PersistenceId, long SequenceNr, DateTimeOffset Timestamp);

/// <summary>Which snapshots: bounds, inclusive (contract S1).</summary>
/// <param name="MaxSequenceNr">Highest number.</param>
/// <param name="MaxTimestamp">Latest time.</param>
public sealed record SnapshotSelectionCriteria(long MaxSequenceNr, DateTimeOffset MaxTimestamp)
{
    /// <summary>Any snapshot.</summary>
    public static SnapshotSelectionCriteria Latest { get; } = new(long.MaxValue, DateTimeOffset.MaxValue);

    /// <summary>No snapshot.</summary>
    public static SnapshotSelectionCriteria None { get; } = new(0, DateTimeOffset.MinValue);

    /// <summary>Whether a snapshot lies within the bounds.</summary>
    public bool Matches(SnapshotMetadata metadata) => metadata.SequenceNr <= MaxSequenceNr && metadata.Timestamp <= MaxTimestamp;
}

/// <summary>A stored state.</summary>
/// <param name="Metadata">Which.</param>
/// <param name="Snapshot">The state.</param>
public sealed record SelectedSnapshot(SnapshotMetadata Metadata, object Snapshot);

/// <summary>What a persistent actor gets first in recovery, if a snapshot was found.</summary>
/// <param name="Metadata">Which.</param>
/// <param name="Snapshot">The state.</param>
public sealed record SnapshotOffer(SnapshotMetadata Metadata, object Snapshot);

/// <summary>Wish for the newest snapshot that fits. Answered by <see cref="LoadSnapshotResult"/> or <see cref="LoadSnapshotFailed"/>.</summary>
/// <param name="PersistenceId">The stream.</param>
/// <param name="Criteria">Bounds.</param>
/// <param name="ToSequenceNr">Another upper bound (contract S2).</param>
public sealed record LoadSnapshot(string PersistenceId, SnapshotSelectionCriteria Criteria, long ToSequenceNr);

/// <summary>What was found.</summary>
/// <param name="Snapshot">Null if nothing.</param>
public sealed record LoadSnapshotResult(SelectedSnapshot? Snapshot);

/// <summary>The snapshot could not be read.</summary>
/// <param name="Cause">Why.</param>
public sealed record LoadSnapshotFailed(Exception Cause);

/// <summary>Wish that a state is stored, over one of the same number (contract S3).</summary>
/// <param name="Metadata">Which.</param>
/// <param name="Snapshot">The state.</param>
public sealed record SaveSnapshot(SnapshotMetadata Metadata, object Snapshot);

/// <summary>The state is stored.</summary>
/// <param name="Metadata">Which.</param>
public sealed record SaveSnapshotSuccess(SnapshotMetadata Metadata);

/// <summary>The state is not stored; the actor goes on (contract S5).</summary>
/// <param name="Metadata">Which.</param>
/// <param name="Cause">Why.</param>
public sealed record SaveSnapshotFailure(SnapshotMetadata Metadata, Exception Cause);

/// <summary>Wish that snapshots are deleted (contract S4). Answered by <see cref="DeleteSnapshotsSuccess"/> or <see cref="DeleteSnapshotsFailure"/>.</summary>
/// <param name="PersistenceId">The stream.</param>
/// <param name="Criteria">Which.</param>
public sealed record DeleteSnapshots(string PersistenceId, SnapshotSelectionCriteria Criteria);

/// <summary>Snapshots were deleted.</summary>
/// <param name="Criteria">As asked.</param>
public sealed record DeleteSnapshotsSuccess(SnapshotSelectionCriteria Criteria);

/// <summary>Snapshots were not deleted.</summary>
/// <param name="Criteria">As asked.</param>
/// <param name="Cause">Why.</param>
public sealed record DeleteSnapshotsFailure(SnapshotSelectionCriteria Criteria, Exception Cause);
