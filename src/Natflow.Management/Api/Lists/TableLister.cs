using Natflow.Gateway;
using Natflow.Gateway.Views.Scan;

namespace Natflow.Management.Api.Lists;

/// <summary>Gathers the best rows of a table of all shards, a slice a turn, so that a list of a million costs forwarding some tens of microseconds at a time.</summary>
internal static class TableLister
{
    private const int SlicesInFlight = 4;

    /// <summary>Asks every shard for each slice of its table.</summary>
    /// <param name="plane">The shards.</param>
    /// <param name="countMax">Most rows.</param>
    /// <param name="isDescending">Whether the greatest are the best.</param>
    /// <param name="request">The question for a slice.</param>
    internal static async Task<TableList<T>> Gather<T>(DataPlane plane, int countMax, bool isDescending, Func<ScanRange, object> request)
    {
        TableList<T>[] shards = await Task.WhenAll(Enumerable.Range(0, plane.ShardCount).Select(
            shard => Gather(countMax, isDescending, range => plane.Ask<ScanSlice<T>>(shard, request(range)))));
        ScanSums sums = shards.Aggregate(default(ScanSums), static (sum, shard) => sum + shard.Sums);
        return new TableList<T>(Best(shards.SelectMany(static shard => shard.Keyed), countMax, isDescending).ConvertAll(static row => row.Row), sums);
    }

    /// <summary>Asks the owner of one table for each slice of it.</summary>
    /// <param name="countMax">Most rows.</param>
    /// <param name="isDescending">Whether the greatest are the best.</param>
    /// <param name="ask">Asks for a slice.</param>
    internal static async Task<TableList<T>> Gather<T>(int countMax, bool isDescending, Func<ScanRange, Task<ScanSlice<T>>> ask)
    {
        var best = new List<ScanRow<T>>();
        var sums = default(ScanSums);
        ulong end = 1;
        for (ulong from = 0; from < end;)
        {
            long? floor = best.Count == countMax && countMax > 0 ? best[^1].Key : null;
            var asked = new List<Task<ScanSlice<T>>>();
            for (int i = 0; i < SlicesInFlight && from < end; i++, from += ScanRange.LengthEntries)
                asked.Add(ask(new ScanRange((uint)from, countMax, isDescending, floor)));
            foreach (ScanSlice<T> slice in await Task.WhenAll(asked))
            {
                sums += slice.Sums;
                best.AddRange(slice.Rows);
                end = slice.End;
            }

            best = Best(best, countMax, isDescending);
        }

        return new TableList<T>(best.ConvertAll(static row => row.Row), sums) { Keyed = best };
    }

    private static List<ScanRow<T>> Best<T>(IEnumerable<ScanRow<T>> rows, int countMax, bool isDescending) =>
        [.. (isDescending ? rows.OrderByDescending(static row => row.Key) : rows.OrderBy(static row => row.Key)).Take(countMax)];
}

/// <summary>The best rows of all shards.</summary>
/// <typeparam name="T">A view.</typeparam>
/// <param name="Rows">In order.</param>
/// <param name="Sums">Of all that match.</param>
internal sealed record TableList<T>(List<T> Rows, ScanSums Sums)
{
    /// <summary>The same with their keys, of one table; empty of several.</summary>
    internal IReadOnlyList<ScanRow<T>> Keyed { get; init; } = [];

    /// <summary>Its pages as they are sent.</summary>
    internal RenderedPages Pages { get; } = new();
}
