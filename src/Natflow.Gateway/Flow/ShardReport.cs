using Natflow.Core;
using Natflow.Flows.Offers;
using Natflow.Flows.Shards;
using Natflow.Memory;

namespace Natflow.Gateway.Flow;

/// <summary>A shard's figures at one moment.</summary>
/// <param name="ShardIndex">The shard; in a sum of several, -1.</param>
/// <param name="Counters">What was counted since start.</param>
/// <param name="Drops">Drops by reason, zeros left out.</param>
/// <param name="FlowCount">Living flows.</param>
/// <param name="MappingCount">Living mappings, static ones included.</param>
/// <param name="UserCount">Subscribers.</param>
/// <param name="LeasedBlockCount">Port blocks held by subscribers.</param>
/// <param name="LengthBytes">Memory reserved for all tables.</param>
/// <param name="Offload">Flows of both IP versions by where they stand with the PPE, zeros left out.</param>
public sealed record ShardReport(
    int ShardIndex,
    ShardCounters Counters,
    IReadOnlyDictionary<DropReason, ulong> Drops,
    int FlowCount,
    int MappingCount,
    int UserCount,
    int LeasedBlockCount,
    long LengthBytes,
    IReadOnlyDictionary<OffloadReason, long> Offload)
{
    /// <summary>Where there is no shard.</summary>
    public static ShardReport Empty { get; } = new(0, default, new Dictionary<DropReason, ulong>(), 0, 0, 0, 0, 0, new Dictionary<OffloadReason, long>());

    /// <summary>The figures of a shard. Its owner's thread.</summary>
    public static ShardReport Of(int shardIndex, ShardState state) => new(
        shardIndex,
        state.Counters,
        DropsOf(state.Drops),
        state.Flows.Count,
        state.Mappings.Count,
        state.Users.Count,
        state.Blocks.LeasedCount,
        state.LengthBytes,
        OffloadOf(state));

    private static Dictionary<OffloadReason, long> OffloadOf(ShardState state) => state.Offload is not { } offload
        ? new() { [OffloadReason.Disabled] = state.Flows.Count + state.Ipv6.Flows.Count }
        : Enum.GetValues<OffloadReason>()
            .Where(static reason => reason != OffloadReason.None)
            .Select(reason => KeyValuePair.Create(reason, offload.CountOf(reason)))
            .Where(static pair => pair.Value != 0)
            .ToDictionary();

    /// <summary>Counters that are not zero, by reason. Any thread.</summary>
    public static IReadOnlyDictionary<DropReason, ulong> DropsOf(ReasonCounters counters) => Enum.GetValues<DropReason>()
        .Select(reason => KeyValuePair.Create(reason, counters.Read(reason)))
        .Where(static pair => pair.Value != 0)
        .ToDictionary();
}
