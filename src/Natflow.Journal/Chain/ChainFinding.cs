namespace Natflow.Journal.Chain;

/// <summary>What is wrong with an event.</summary>
public enum ChainFault
{
    /// <summary>Its content, time or type is not what was written.</summary>
    Changed = 1,

    /// <summary>It is not there.</summary>
    Removed = 2,

    /// <summary>It was never written by the gateway.</summary>
    Inserted = 3,

    /// <summary>It stands under another number.</summary>
    Reordered = 4,
}

/// <summary>An event that the chain does not vouch for.</summary>
/// <param name="StreamId">Its stream.</param>
/// <param name="Fault">What is wrong.</param>
/// <param name="SequenceNr">Its number; the first one of those that are missing.</param>
/// <param name="LastNr">Last number of those that are missing; the number under which a reordered one stands now; else as <paramref name="SequenceNr"/>.</param>
public sealed record ChainFinding(string StreamId, ChainFault Fault, long SequenceNr, long LastNr)
{
    /// <inheritdoc />
    public override string ToString() => Fault switch
    {
        ChainFault.Removed when LastNr > SequenceNr => $"{StreamId}: events {SequenceNr} to {LastNr} were removed",
        ChainFault.Removed => $"{StreamId}: event {SequenceNr} was removed",
        ChainFault.Reordered => $"{StreamId}: event {SequenceNr} was reordered: it stands at {LastNr}",
        ChainFault.Inserted => $"{StreamId}: event {SequenceNr} was inserted",
        _ => $"{StreamId}: event {SequenceNr} was changed",
    };
}
