using System.Globalization;

namespace Natflow.Cli.Bench.Pipeline;

/// <summary>One case over established flows.</summary>
/// <param name="FlowCount">Flows, all hit in random order.</param>
/// <param name="Mix">Frame lengths.</param>
/// <param name="ShardCount">Shards, each with a worker.</param>
/// <param name="IsSteered">Packets arrive at the worker that owns them.</param>
internal sealed record HitCase(int FlowCount, FrameMix Mix, int ShardCount, bool IsSteered)
{
    private static readonly int[] FlowCounts = [1, 1_000, 100_000, 1_000_000];

    /// <summary>Name of the case; stable.</summary>
    internal string Name => string.Create(
        CultureInfo.InvariantCulture, $"flows={FlowCount} frame={Mix.Name} shards={ShardCount} {(IsSteered ? "hit" : "handoff hit")}");

    /// <summary>All cases in the order they are run.</summary>
    internal static IEnumerable<HitCase> All() =>
        from shards in new[] { (Count: 1, IsSteered: true), (Count: 2, IsSteered: true), (Count: 2, IsSteered: false) }
        from mix in new[] { FrameMix.Small, FrameMix.Imix }
        from flows in FlowCounts
        where shards.IsSteered || flows > 1
        select new HitCase(flows, mix, shards.Count, shards.IsSteered);
}
