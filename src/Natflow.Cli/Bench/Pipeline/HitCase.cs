using System.Globalization;

namespace Natflow.Cli.Bench.Pipeline;

/// <summary>One case over established flows.</summary>
/// <param name="FlowCount">Flows, all hit in random order.</param>
/// <param name="Mix">Frame lengths.</param>
/// <param name="ShardCount">Shards, each with a worker.</param>
/// <param name="IsSteered">Packets arrive at the worker that owns them.</param>
/// <param name="IsIpv6">IPv6 forwarded statefully, beside the same case of IPv4; else IPv4 with NAT, beside the dictionary NAT.</param>
internal sealed record HitCase(int FlowCount, FrameMix Mix, int ShardCount, bool IsSteered, bool IsIpv6 = false)
{
    private static readonly int[] FlowCounts = [1, 1_000, 100_000, 1_000_000];

    /// <summary>Name of the case; stable.</summary>
    internal string Name => string.Create(
        CultureInfo.InvariantCulture, $"{(IsIpv6 ? "ipv6 " : string.Empty)}flows={FlowCount} frame={Mix.Name} shards={ShardCount} {(IsSteered ? "hit" : "handoff hit")}");

    /// <summary>All cases in the order they are run.</summary>
    internal static IEnumerable<HitCase> All() => Ipv4().Append(new HitCase(100_000, FrameMix.Small, ShardCount: 1, IsSteered: true, IsIpv6: true));

    private static IEnumerable<HitCase> Ipv4() =>
        from shards in new[] { (Count: 1, IsSteered: true), (Count: 2, IsSteered: true), (Count: 2, IsSteered: false) }
        from mix in new[] { FrameMix.Small, FrameMix.Imix }
        from flows in FlowCounts
        where shards.IsSteered || flows > 1
        select new HitCase(flows, mix, shards.Count, shards.IsSteered);
}
