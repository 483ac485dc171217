using Natflow.Actors.Persistence;

namespace Natflow.Testing.Actors.Persistence;

/// <summary>What the plug-ins of a test hold, and how they are to behave.</summary>
public sealed class TestStorage
{
    /// <summary>Events in order of arrival.</summary>
    public List<Persistent> Events { get; } = [];

    /// <summary>Requests in order of arrival.</summary>
    public List<WriteMessages> Requests { get; } = [];

    /// <summary>Snapshots in order of arrival.</summary>
    public List<SelectedSnapshot> Snapshots { get; } = [];

    /// <summary>Requests held back while <see cref="IsHoldingWrites"/>.</summary>
    internal Queue<WriteMessages> Held { get; } = new();

    /// <summary>Says which events make their request fail.</summary>
    public Predicate<object> Fails { get; set; } = static _ => false;

    /// <summary>Says which events are rejected.</summary>
    public Predicate<object> Rejects { get; set; } = static _ => false;

    /// <summary>Requests are kept without an answer until this is off and <see cref="TestJournal.Release"/> comes.</summary>
    public bool IsHoldingWrites { get; set; }

    /// <summary>Replays are not answered.</summary>
    public bool IsSilentInReplay { get; set; }

    /// <summary>Snapshots cannot be read.</summary>
    public bool FailsToLoadSnapshots { get; set; }

    /// <summary>Snapshots cannot be stored.</summary>
    public bool FailsToSaveSnapshots { get; set; }

    /// <summary>Highest number of a stream that was ever used.</summary>
    internal Dictionary<string, long> Highest { get; } = new(StringComparer.Ordinal);

    /// <summary>Says which number a stream has reached.</summary>
    public void SetHighest(string persistenceId, long sequenceNr) => Highest[persistenceId] = sequenceNr;
}
