using Natflow.Core;
using Natflow.Flows.Shards;
using Natflow.Gateway.Flow;

namespace Natflow.Gateway.Replay;

/// <summary>Figures of a whole replay.</summary>
/// <param name="PacketCount">Packets read from the captures.</param>
/// <param name="ByteCount">Their captured bytes.</param>
/// <param name="Counters">The gateway's counters.</param>
/// <param name="Replay">The replay's own.</param>
/// <param name="Drops">All drops by reason, the capture port's included.</param>
/// <param name="Shard">The shard at the end.</param>
/// <param name="ObservedUserCount">Subscribers seen by <c>--observe</c>.</param>
/// <param name="BusiestUsers">The ten subscribers with most bytes.</param>
public sealed record ReplayReport(
    ulong PacketCount,
    ulong ByteCount,
    ShardCounters Counters,
    ReplayCounters Replay,
    SortedDictionary<DropReason, ulong> Drops,
    ShardReport Shard,
    int ObservedUserCount,
    IReadOnlyList<UserSummary> BusiestUsers)
{
    /// <summary>All drops together.</summary>
    public ulong DropCount => Drops.Values.Aggregate(0UL, static (sum, count) => sum + count);
}
