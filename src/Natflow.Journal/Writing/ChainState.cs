using Natflow.Journal.Chain;

namespace Natflow.Journal.Writing;

/// <summary>Where the streams stand, as far as the store confirmed it, and how a batch goes on from there.</summary>
/// <remarks>Writer's thread only.</remarks>
internal sealed class ChainState
{
    private readonly Dictionary<string, (long Nr, byte[] Link)> _heads = new(StringComparer.Ordinal);

    /// <summary>Latest time of an entry, .NET ticks.</summary>
    internal long LatestTicks { get; set; }

    internal void Load(IJournalStore store)
    {
        _heads.Clear();
        foreach (ChainEnds ends in store.ReadEnds())
            _heads[ends.StreamId] = (ends.HeadNr, ends.HeadLink);
        LatestTicks = Math.Max(LatestTicks, store.ReadLatestTicks());
    }

    /// <summary>Numbers and links entries. Nothing is kept of it before <see cref="Accept"/>.</summary>
    /// <exception cref="StoreConflictException">A number was used before.</exception>
    internal IReadOnlyList<HeadMove> Link(IReadOnlyList<JournalEntry> entries, string writerId)
    {
        var moves = new Dictionary<string, HeadMove>(StringComparer.Ordinal);
        HeadMove? move = null;
        long latest = LatestTicks;
        foreach (JournalEntry entry in entries)
        {
            if (!ReferenceEquals(move?.StreamId, entry.StreamId) && !moves.TryGetValue(entry.StreamId, out move))
            {
                (long nr, byte[] link) = _heads.TryGetValue(entry.StreamId, out (long Nr, byte[] Link) head) ? head : (0, ChainHash.Zero);
                move = new HeadMove(entry.StreamId, nr, link, nr, link);
            }

            long number = entry.SequenceNr == 0 ? move!.ToNr + 1 : entry.SequenceNr;
            if (number <= move!.ToNr)
                throw new StoreConflictException(entry.StreamId);
            latest = Math.Max(latest, entry.CreatedTicks);
            entry.CreatedTicks = latest;
            entry.WriterId = writerId;
            entry.Link = ChainHash.LinkOf(move.ToLink, move.ToNr, entry, number);
            entry.SequenceNr = number;
            move = move with { ToNr = number, ToLink = entry.Link };
            moves[entry.StreamId] = move;
        }

        return [.. moves.Values];
    }

    /// <summary>A batch is stored.</summary>
    internal void Accept(IReadOnlyList<HeadMove> moves, IReadOnlyList<JournalEntry> entries)
    {
        foreach (HeadMove move in moves)
            _heads[move.StreamId] = (move.ToNr, move.ToLink);
        if (entries.Count != 0)
            LatestTicks = entries[^1].CreatedTicks;
    }
}
