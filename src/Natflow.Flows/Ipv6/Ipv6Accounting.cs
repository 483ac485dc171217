using System.Runtime.CompilerServices;
using Natflow.Core;

namespace Natflow.Flows.Ipv6;

/// <summary>Counts a packet on its flow and keeps the flow alive.</summary>
internal static class Ipv6Accounting
{
    /// <summary>Adds one packet to its flow.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="side">Where the packet came from.</param>
    /// <param name="bytes">L3 bytes.</param>
    /// <param name="now">Shard clock, ms modulo 2^32.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A few adds on lines that are in the cache.
    internal static void Count(ref Ipv6FlowRecord flow, Side side, uint bytes, uint now)
    {
        if (side == Side.Lan)
        {
            flow.BytesOut += bytes;
            flow.PacketsOut++;
            flow.LastSeenMs = now;
            return;
        }

        flow.BytesIn += bytes;
        flow.PacketsIn++;
        if ((flow.Flags & Ipv6FlowFlags.InboundRefresh) != Ipv6FlowFlags.None)
            flow.LastSeenMs = now;
    }

    /// <summary>Adds one packet to the shard's counters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Three adds.
    internal static void CountForwarded(ref Ipv6Counters counters, Side side, uint bytes)
    {
        if (side == Side.Lan)
            counters.ForwardedOut++;
        else
            counters.ForwardedIn++;
        counters.ForwardedBytes += bytes;
    }
}
