using Natflow.Journal.Chain;

namespace Natflow.Journal;

/// <summary>The reading side of a journal. One thread at a time; enumerations are read as they go, one at a time.</summary>
/// <remarks>Every call may throw <see cref="StoreUnavailableException"/>. Entries come without keys.</remarks>
public interface IJournalReader : IDisposable
{
    /// <summary>Events of a stream by number, deleted ones left out (contract J8).</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="from">First number.</param>
    /// <param name="to">Last number.</param>
    /// <param name="max">Most events.</param>
    IEnumerable<JournalEntry> Replay(string streamId, long from, long to, long max);

    /// <summary>Highest number that a stream ever used (contract J9); 0 for none.</summary>
    long ReadHighest(string streamId);

    /// <summary>Events of all streams by ordering.</summary>
    /// <param name="after">Exclusive.</param>
    /// <param name="through">Inclusive.</param>
    IEnumerable<JournalEntry> ReadAll(long after, long through);

    /// <summary>As <see cref="ReadAll(long, long)"/>, but of some events, whatever their versions, only the one at the end: the store does not even read the others' payloads.</summary>
    /// <param name="after">Exclusive.</param>
    /// <param name="through">Inclusive.</param>
    /// <param name="without">Names of events, letters and dashes.</param>
    IEnumerable<JournalEntry> ReadAll(long after, long through, IReadOnlyCollection<string> without);

    /// <summary>Events of a stream with what deletion left, by number.</summary>
    /// <param name="streamId">The stream.</param>
    IEnumerable<JournalEntry> ReadChain(string streamId);

    /// <summary>Events under any of some keys, by ordering.</summary>
    /// <param name="keys">From <see cref="Events.EventKeys"/>; at least one.</param>
    /// <param name="after">Ordering, exclusive.</param>
    /// <param name="through">Ordering, inclusive.</param>
    /// <param name="isNewestFirst">Which way; it is read as it goes, so that who stops early pays for little.</param>
    IEnumerable<JournalEntry> FindKeys(IReadOnlyList<long> keys, long after, long through, bool isNewestFirst);

    /// <summary>Ordering of the last event there is; 0 for none.</summary>
    long ReadHighestOrdering();

    /// <summary>Ordering of the first event there is, less one; 0 for none.</summary>
    long ReadOldestOrdering();

    /// <summary>Ordering of the last event at a time or before; 0 for none.</summary>
    /// <param name="ticks">.NET ticks, UTC.</param>
    long ReadOrderingAt(long ticks);

    /// <summary>Where each stream begins and ends.</summary>
    IReadOnlyList<ChainEnds> ReadEnds();

    /// <summary>The newest snapshot within bounds, both inclusive, or null.</summary>
    StoredSnapshot? LoadSnapshot(string streamId, long maxSequenceNr, long maxTicks);

    /// <summary>The oldest snapshot, or null.</summary>
    StoredSnapshot? LoadOldestSnapshot(string streamId);

    /// <summary>Bytes of the journal on disk.</summary>
    long ReadSizeBytes();
}
