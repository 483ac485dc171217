namespace Natflow.Actors.Persistence;

/// <summary>How far a persistent actor recovers.</summary>
/// <param name="FromSnapshot">Which snapshot may be used.</param>
/// <param name="ToSequenceNr">Last event.</param>
/// <param name="ReplayMax">Most events.</param>
public sealed record Recovery(SnapshotSelectionCriteria FromSnapshot, long ToSequenceNr = long.MaxValue, long ReplayMax = long.MaxValue)
{
    /// <summary>Everything.</summary>
    public static Recovery Default { get; } = new(SnapshotSelectionCriteria.Latest);

    /// <summary>Nothing: no snapshot, no event. The numbers go on after the highest.</summary>
    public static Recovery None { get; } = new(SnapshotSelectionCriteria.None, ToSequenceNr: 0, ReplayMax: 0);
}

/// <summary>Last message of every recovery (contract P2).</summary>
public sealed class RecoveryCompleted
{
    private RecoveryCompleted()
    {
    }

    /// <summary>The only one.</summary>
    public static RecoveryCompleted Instance { get; } = new();
}

/// <summary>The journal or the snapshot store did not answer in recovery (contract P4).</summary>
public sealed class RecoveryTimedOutException(string message) : AkkaException(message);
