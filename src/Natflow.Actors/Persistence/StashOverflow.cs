namespace Natflow.Actors.Persistence;

/// <summary>What becomes of a command that the internal stash has no room for (contract P13).</summary>
public enum StashOverflow
{
    /// <summary>The actor fails with <see cref="StashOverflowException"/>.</summary>
    Throw,

    /// <summary>The command is a dead letter.</summary>
    DiscardToDeadLetters,

    /// <summary>The sender gets <see cref="Status.Failure"/> with a <see cref="StashOverflowException"/>.</summary>
    Reply,
}
