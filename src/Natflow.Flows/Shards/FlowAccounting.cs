using System.Runtime.CompilerServices;
using Natflow.Core;
using Natflow.Flows.Table;

namespace Natflow.Flows.Shards;

/// <summary>Counts a packet on its flow and keeps the flow alive.</summary>
internal static class FlowAccounting
{
    /// <summary>Adds one packet.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="shard">Its shard.</param>
    /// <param name="slot">Flow index × 2 + side the packet came from.</param>
    /// <param name="bytes">L3 bytes of the packet.</param>
    /// <param name="now">Shard clock, ms modulo 2^32.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A few adds on a line that is in the cache.
    internal static void Count(ref FlowRecord flow, ShardState shard, uint slot, uint bytes, uint now)
    {
        uint packets;
        if ((slot & 1) == (uint)Side.Lan)
        {
            flow.BytesOut += bytes;
            packets = ++flow.PacketsOutLow;
            flow.LastSeenMs = now;
            shard.Counters.TranslatedOut++;
        }
        else
        {
            flow.BytesIn += bytes;
            packets = ++flow.PacketsInLow;
            if ((flow.Flags & FlowFlags.InboundRefresh) != FlowFlags.None)
                flow.LastSeenMs = now;
            shard.Counters.TranslatedIn++;
        }

        shard.Counters.TranslatedBytes += bytes;
        if (packets == 0)
            CarryPackets(shard, slot);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // Once in four billion packets.
    private static void CarryPackets(ShardState shard, uint slot)
    {
        ref FlowColdRecord cold = ref shard.Flows.Cold(slot >> 1);
        if ((slot & 1) == (uint)Side.Lan)
            cold.PacketsOutHigh++;
        else
            cold.PacketsInHigh++;
    }
}
