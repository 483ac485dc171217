using Natflow.Flows.Shards;
using Natflow.Gateway;
using Natflow.Gateway.Ppe;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Live;

/// <summary>The gateway's figures at one moment.</summary>
/// <param name="TimeMs">Unix time, ms.</param>
/// <param name="Plane">The shards' figures.</param>
/// <param name="Offload">The PPE's; null where there is none.</param>
/// <param name="Status">Ports and notes.</param>
public sealed record Sample(long TimeMs, DataPlaneReport Plane, OffloadReport? Offload, GatewayStatus Status)
{
    /// <summary>Frames that the kernel dropped before the gateway saw them.</summary>
    public ulong ReceiveLost => Status.Ports.Aggregate(0ul, static (sum, port) => sum + port.ReceiveLost);

    /// <summary>What happened between an earlier sample and this one.</summary>
    /// <param name="before">Null makes all rates 0.</param>
    internal OverviewModel Since(Sample? before)
    {
        ShardCounters now = Plane.Counters;
        ShardCounters then = before?.Plane.Counters ?? now;
        double seconds = before is null ? 1 : Math.Max(0.001, (TimeMs - before.TimeMs) / 1000.0);
        ulong fast = now.OffloadedOut + now.OffloadedIn - then.OffloadedOut - then.OffloadedIn;
        ulong slow = now.TranslatedOut + now.TranslatedIn + now.Untranslated - then.TranslatedOut - then.TranslatedIn - then.Untranslated;
        IReadOnlyDictionary<Core.DropReason, ulong> drops = Plane.Drops;
        return new OverviewModel(
            TimeMs,
            Rate(8 * (now.TranslatedBytes + now.OffloadedBytes - then.TranslatedBytes - then.OffloadedBytes)),
            Rate(now.TranslatedOut + now.OffloadedOut - then.TranslatedOut - then.OffloadedOut),
            Rate(now.TranslatedIn + now.OffloadedIn - then.TranslatedIn - then.OffloadedIn),
            Rate(now.FlowsOpened - then.FlowsOpened),
            Rate(Sum(drops) - Sum(before?.Plane.Drops ?? drops)),
            Plane.Shards.Sum(static shard => shard.FlowCount),
            Plane.Shards.Sum(static shard => shard.MappingCount),
            Plane.Shards.Sum(static shard => shard.UserCount),
            Plane.Shards.Sum(static shard => shard.LeasedBlockCount),
            fast + slow == 0 ? 0 : Math.Round(100.0 * fast / (fast + slow), 1),
            Rate(ReceiveLost - (before?.ReceiveLost ?? ReceiveLost)),
            drops);

        double Rate(ulong difference) => Math.Round(difference / seconds, 1);
    }

    private static ulong Sum(IReadOnlyDictionary<Core.DropReason, ulong> drops) => drops.Values.Aggregate(0ul, static (sum, count) => sum + count);
}
