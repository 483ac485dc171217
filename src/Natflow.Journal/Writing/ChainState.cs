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
        string? stream = null;
        (long number, byte[] link) = (0, ChainHash.Zero);
        long latest = LatestTicks;
        foreach (JournalEntry entry in entries)
        {
            if (!ReferenceEquals(stream, entry.StreamId))
            {
                Stand(moves, stream, number, link);
                stream = entry.StreamId;
                (number, link) = Begin(moves, stream, entry.Token);
            }

            long next = entry.SequenceNr == 0 ? number + 1 : entry.SequenceNr;
            if (next <= number)
                throw new StoreConflictException(entry.StreamId);
            latest = Math.Max(latest, entry.CreatedTicks);
            entry.CreatedTicks = latest;
            entry.WriterId = writerId;
            link = ChainHash.LinkOf(link, number, entry, next);
            entry.Link = link;
            entry.SequenceNr = next;
            number = next;
        }

        Stand(moves, stream, number, link);
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

    // Where a stream stands in a batch: entries of one stream come in rows, so that this is not done for each.
    private (long Number, byte[] Link) Begin(Dictionary<string, HeadMove> moves, string stream, long token)
    {
        if (moves.TryGetValue(stream, out HeadMove? move))
            return (move.ToNr, move.ToLink);
        (long number, byte[] link) = _heads.TryGetValue(stream, out (long Nr, byte[] Link) head) ? head : (0, ChainHash.Zero);
        moves[stream] = new HeadMove(stream, number, link, number, link) { Token = token }; // The first is the lowest: tokens of a stream rise.
        return (number, link);
    }

    private static void Stand(Dictionary<string, HeadMove> moves, string? stream, long number, byte[] link)
    {
        if (stream is not null)
            moves[stream] = moves[stream] with { ToNr = number, ToLink = link };
    }
}
