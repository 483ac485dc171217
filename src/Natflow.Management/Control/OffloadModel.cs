using Natflow.Flows.Offers;
using Natflow.Flows.Shards;
using Natflow.Gateway;
using Natflow.Gateway.Ppe;

namespace Natflow.Management.Control;

/// <summary>Offload at one moment.</summary>
/// <param name="Engine">Name of the PPE; <c>none</c> where there is none.</param>
/// <param name="CapacityEntries">Entries that it can hold; a flow needs two.</param>
/// <param name="Entries">Entries that it holds.</param>
/// <param name="OccupancyPercent">Share of the capacity.</param>
/// <param name="HitRatePercent">Share of the forwarded packets that the PPE forwarded, since the start, as far as it has told.</param>
/// <param name="OffloadedPackets">Packets that it forwarded.</param>
/// <param name="OffloadedBytes">L3 bytes that it forwarded.</param>
/// <param name="BindsPerSecond">Flows bound in the last whole second.</param>
/// <param name="Bound">Flows bound since the start.</param>
/// <param name="Refused">Flows that the PPE did not take; they are offered again.</param>
/// <param name="Unbound">Flows taken out at their end, or because their packets were needed.</param>
/// <param name="Evicted">Flows taken out to make room for faster ones.</param>
/// <param name="Stale">Flows taken out because way or policy had changed.</param>
/// <param name="Adopted">Flows that an earlier gateway had bound.</param>
/// <param name="Lost">Flows whose entries somebody else had cleared.</param>
/// <param name="Delayed">Offers put off because too many were waiting.</param>
/// <param name="BindDelayMedianMs">Half of the last flows (8,192 at least) were bound within this many ms from the packet that let them be offered.</param>
/// <param name="BindDelayP99Ms">99 of 100 flows were.</param>
/// <param name="Reasons">Flows of both IP versions by where they stand.</param>
public sealed record OffloadModel(
    string Engine,
    int CapacityEntries,
    int Entries,
    double OccupancyPercent,
    double HitRatePercent,
    ulong OffloadedPackets,
    ulong OffloadedBytes,
    ulong BindsPerSecond,
    ulong Bound,
    ulong Refused,
    ulong Unbound,
    ulong Evicted,
    ulong Stale,
    ulong Adopted,
    ulong Lost,
    ulong Delayed,
    uint BindDelayMedianMs,
    uint BindDelayP99Ms,
    IReadOnlyDictionary<OffloadReason, long> Reasons)
{
    private const string NoEngine = "none";

    /// <summary>The figures of a data plane and its PPE.</summary>
    /// <param name="plane">The shards.</param>
    /// <param name="offload">The PPE; null where there is none.</param>
    internal static OffloadModel Of(DataPlaneReport plane, OffloadReport? offload)
    {
        ShardCounters counters = plane.Counters;
        OffloadCounters done = offload?.Counters ?? default;
        ulong fast = counters.OffloadedOut + counters.OffloadedIn;
        ulong slow = counters.TranslatedOut + counters.TranslatedIn + counters.Untranslated;
        return new OffloadModel(
            offload?.Ppe ?? NoEngine,
            offload?.CapacityEntries ?? 0,
            offload?.CountEntries ?? 0,
            Percent((ulong)(offload?.CountEntries ?? 0), (ulong)(offload?.CapacityEntries ?? 0)),
            Percent(fast, fast + slow),
            fast,
            counters.OffloadedBytes,
            done.BoundLastSecond,
            done.Bound,
            done.Refused,
            done.Unbound,
            done.Evicted,
            done.Stale,
            done.Adopted,
            done.Lost,
            counters.OffersDelayed,
            done.BindDelayMedianMs,
            done.BindDelayP99Ms,
            plane.Offload);
    }

    private static double Percent(ulong part, ulong whole) => whole == 0 ? 0 : Math.Round(100.0 * part / whole, 2);
}
