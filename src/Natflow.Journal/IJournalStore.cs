using Natflow.Journal.Chain;

namespace Natflow.Journal;

/// <summary>The writing side of a journal: one connection, one thread at a time.</summary>
/// <remarks>Every call may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IJournalStore : IDisposable
{
    /// <summary>How an operator knows it; without secrets.</summary>
    string Name { get; }

    /// <summary>Stores entries in one transaction: all or none, durable on return. Sets their ordering.</summary>
    /// <param name="entries">Numbered and linked; those of a stream in order.</param>
    /// <param name="moves">From where to where each stream goes: another position of the stream is a conflict.</param>
    /// <param name="mark">Tells later whether this batch is stored.</param>
    /// <exception cref="StoreConflictException">Another writer appended to a stream.</exception>
    /// <exception cref="StoreFencedException">A stream has an owner of later than the writer.</exception>
    void Append(IReadOnlyList<JournalEntry> entries, IReadOnlyList<HeadMove> moves, BatchMark mark);

    /// <summary>A stream is claimed: what was not written before, or is written under a lower token, is refused from now on.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="token">The claimant's token, above 0.</param>
    /// <exception cref="StoreFencedException">It has an owner of later.</exception>
    void Fence(string streamId, long token);

    /// <summary>Last batch of a writer that is stored; 0 for none.</summary>
    long ReadMark(string writerId);

    /// <summary>Where each stream begins and ends.</summary>
    IReadOnlyList<ChainEnds> ReadEnds();

    /// <summary>Latest time of an entry, .NET ticks; 0 for none.</summary>
    long ReadLatestTicks();

    /// <summary>Stores a snapshot, over one of the same number.</summary>
    void SaveSnapshot(StoredSnapshot snapshot);

    /// <summary>Deletes snapshots within bounds, both inclusive.</summary>
    void DeleteSnapshots(string streamId, long maxSequenceNr, long maxTicks);

    /// <summary>Makes a stream's events up to a number vanish from replay (contract J11); the chain begins behind them.</summary>
    void DeleteTo(string streamId, long sequenceNr);

    /// <summary>Removes the oldest entries of all streams; each chain begins behind what is gone.</summary>
    /// <param name="throughOrdering">Last that goes.</param>
    /// <returns>How many went.</returns>
    long Trim(long throughOrdering);

    /// <summary>Takes the payloads of entries away; digests and links stay, so that chains still verify.</summary>
    /// <param name="entries">As read.</param>
    void Erase(IReadOnlyList<JournalEntry> entries);

    /// <summary>Gives what was deleted back to the file system as far as the store can, and leaves no readable rest of it.</summary>
    void Compact();

    /// <summary>A reader with a connection of its own.</summary>
    IJournalReader OpenReader();
}
