namespace Natflow.Gateway.Views.Scan;

/// <summary>The best rows of a slice of a table. Owner thread of the shard, between two bursts.</summary>
internal static class TableScan
{
    /// <summary>Looks at each entry of a slice once; makes rows of the best alone.</summary>
    internal static ScanSlice<T> Run<TTable, T>(TTable table, ScanRange range)
        where TTable : struct, IScanTable<T>
    {
        uint end = (uint)Math.Min(table.End, (ulong)range.From + ScanRange.LengthEntries);
        var best = new PriorityQueue<uint, long>(); // The worst of the best is at its head.
        var sums = default(ScanSums);
        long floor = range.Floor is { } key ? Rank(key, range.IsDescending) : long.MinValue;
        for (uint index = range.From; index < end; index++)
        {
            if (!table.Matches(index))
                continue;
            sums += table.SumsOf(index);
            long rank = Rank(table.KeyOf(index), range.IsDescending);
            if (rank < floor || range.CountMax == 0)
                continue;
            if (best.Count < range.CountMax)
                best.Enqueue(index, rank);
            else
                best.EnqueueDequeue(index, rank);
            if (best.Count == range.CountMax && best.TryPeek(out _, out long worst))
                floor = Math.Max(floor, worst);
        }

        return new ScanSlice<T>([.. best.UnorderedItems.Select(item => new ScanRow<T>(table.KeyOf(item.Element), table.View(item.Element)))], sums, table.End);
    }

    /// <summary>Greater is better: the complement turns the order round and, unlike a minus, has no overflow.</summary>
    internal static long Rank(long key, bool isDescending) => isDescending ? key : ~key;

    /// <summary>A counter as a key.</summary>
    internal static long Key(ulong value) => (long)Math.Min(value, long.MaxValue);
}
