using Natflow.Journal.Events;

namespace Natflow.Journal.Audit;

/// <summary>How long a journal keeps events.</summary>
/// <param name="AgeMax">Oldest; null keeps all.</param>
/// <param name="BytesMax">Most bytes on disk; 0 sets no limit.</param>
public sealed record Retention(TimeSpan? AgeMax, long BytesMax)
{
    /// <summary>Removes what is too old or too much. The state at the cut is kept as a snapshot, so that questions about later times still have their answers.</summary>
    /// <param name="store">The journal.</param>
    /// <param name="catalogue">Its events.</param>
    /// <param name="nowTicks">.NET ticks, UTC.</param>
    /// <returns>What was removed, to be put on record; null for nothing.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot be used.</exception>
    public JournalTrimmed? Apply(IJournalStore store, EventCatalogue catalogue, long nowTicks)
    {
        GatewayState state;
        using (IJournalReader reader = store.OpenReader())
        {
            long through = FindCut(reader, nowTicks);
            if (through <= reader.ReadOldestOrdering())
                return null;
            state = GatewayState.Load(reader, catalogue, through);
        }

        store.SaveSnapshot(state.Write());
        long count = store.Trim(state.Ordering);
        store.DeleteSnapshots(GatewayState.StreamId, state.Ordering - 1, long.MaxValue);
        return new JournalTrimmed(state.Ordering, count);
    }

    private long FindCut(IJournalReader reader, long nowTicks)
    {
        long byAge = AgeMax is { } age ? reader.ReadOrderingAt(nowTicks - age.Ticks) : 0;
        long bytes = BytesMax == 0 ? 0 : reader.ReadSizeBytes();
        if (bytes <= BytesMax)
            return byAge;
        long oldest = reader.ReadOldestOrdering();
        double part = 1 - (0.9 * BytesMax / bytes); // A little more, so that it is not done again at once.
        return Math.Max(byAge, oldest + (long)((reader.ReadHighestOrdering() - oldest) * part));
    }
}
