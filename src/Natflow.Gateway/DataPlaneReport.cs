using Natflow.Core;
using Natflow.Flows.Offers;
using Natflow.Flows.Shards;
using Natflow.Gateway.Flow;

namespace Natflow.Gateway;

/// <summary>Figures of a data plane: each shard's, and what the RX actors dropped.</summary>
/// <param name="Shards">In shard order, each of its own moment.</param>
/// <param name="RxDrops">Drops by reason of each RX actor.</param>
public sealed record DataPlaneReport(IReadOnlyList<ShardReport> Shards, IReadOnlyList<IReadOnlyDictionary<DropReason, ulong>> RxDrops)
{
    /// <summary>All shards together.</summary>
    public ShardCounters Counters
    {
        get
        {
            var total = default(ShardCounters);
            foreach (ShardReport shard in Shards)
                total.Add(shard.Counters);
            return total;
        }
    }

    /// <summary>Flows of all shards by where they stand with the PPE.</summary>
    public SortedDictionary<OffloadReason, long> Offload
    {
        get
        {
            var total = new SortedDictionary<OffloadReason, long>();
            foreach ((OffloadReason reason, long count) in Shards.SelectMany(static shard => shard.Offload))
                total[reason] = total.GetValueOrDefault(reason) + count;
            return total;
        }
    }

    /// <summary>All drops together, by reason.</summary>
    public SortedDictionary<DropReason, ulong> Drops
    {
        get
        {
            var total = new SortedDictionary<DropReason, ulong>();
            foreach ((DropReason reason, ulong count) in Shards.Select(static shard => shard.Drops).Concat(RxDrops).SelectMany(static drops => drops))
                total[reason] = total.GetValueOrDefault(reason) + count;
            return total;
        }
    }
}
