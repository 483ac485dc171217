using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;

namespace Natflow.Flows.Offers;

/// <summary>Adds what a PPE forwarded to the flow, or to its user when the flow has ended. Owner thread only.</summary>
internal sealed class FlowCredit(ShardState shard)
{
    /// <summary>Adds the figures of an answer.</summary>
    /// <param name="answer">Counted or final.</param>
    /// <param name="isAlive">Whether the flow is still the one that was offered.</param>
    /// <param name="nowMs">Shard clock.</param>
    internal void Apply(ref readonly OfferAnswer answer, bool isAlive, long nowMs)
    {
        if ((answer.PacketsOut | answer.PacketsIn) == 0)
            return;
        shard.Counters.OffloadedOut += answer.PacketsOut;
        shard.Counters.OffloadedIn += answer.PacketsIn;
        shard.Counters.OffloadedBytes += answer.BytesOut + answer.BytesIn;
        if (!isAlive)
            CreditUser(in answer);
        else if (answer.Cookie.IsIpv6)
            CreditIpv6(ref shard.Ipv6.Flows.Flow(answer.Cookie.FlowIndex), in answer, (uint)nowMs);
        else
            CreditIpv4(answer.Cookie.FlowIndex, in answer, (uint)nowMs);
    }

    private void CreditUser(ref readonly OfferAnswer answer)
    {
        uint userIndex = answer.PolicyIndex - shard.Users.PolicyBase;
        if (userIndex >= shard.Users.UsedIndexEnd)
            return;
        shard.Users[userIndex].EndedBytesOut += answer.BytesOut;
        shard.Users[userIndex].EndedBytesIn += answer.BytesIn;
        shard.Users[userIndex].EndedPacketsOut += answer.PacketsOut;
        shard.Users[userIndex].EndedPacketsIn += answer.PacketsIn;
    }

    private void CreditIpv4(uint flowIndex, ref readonly OfferAnswer answer, uint now)
    {
        ref FlowRecord flow = ref shard.Flows.Flow(flowIndex);
        ref FlowColdRecord cold = ref shard.Flows.Cold(flowIndex);
        ulong packetsOut = flow.PacketsOutLow + answer.PacketsOut;
        ulong packetsIn = flow.PacketsInLow + answer.PacketsIn;
        flow.PacketsOutLow = (uint)packetsOut;
        flow.PacketsInLow = (uint)packetsIn;
        cold.PacketsOutHigh += (uint)(packetsOut >> 32);
        cold.PacketsInHigh += (uint)(packetsIn >> 32);
        flow.BytesOut += answer.BytesOut;
        flow.BytesIn += answer.BytesIn;
        bool refreshesInbound = (flow.Flags & FlowFlags.InboundRefresh) != FlowFlags.None;
        flow.LastSeenMs = Latest(flow.LastSeenMs, in answer, refreshesInbound, now);
        bool startedOutside = (flow.Flags & FlowFlags.StartedOutside) != FlowFlags.None;
        if (flow.Protocol != IpProtocol.Udp || (startedOutside ? answer.PacketsOut : answer.PacketsIn) == 0)
            return;
        flow.State = Answered(flow.State);
        if ((flow.Flags & FlowFlags.Keeper) == FlowFlags.None)
            shard.Keep(ref flow, flowIndex);
    }

    private static void CreditIpv6(ref Ipv6FlowRecord flow, ref readonly OfferAnswer answer, uint now)
    {
        flow.PacketsOut += answer.PacketsOut;
        flow.PacketsIn += answer.PacketsIn;
        flow.BytesOut += answer.BytesOut;
        flow.BytesIn += answer.BytesIn;
        bool refreshesInbound = (flow.Flags & Ipv6FlowFlags.InboundRefresh) != Ipv6FlowFlags.None;
        flow.LastSeenMs = Latest(flow.LastSeenMs, in answer, refreshesInbound, now);
        bool startedOutside = (flow.Flags & Ipv6FlowFlags.StartedOutside) != Ipv6FlowFlags.None;
        if (flow.Protocol == IpProtocol.Udp && (startedOutside ? answer.PacketsOut : answer.PacketsIn) != 0)
            flow.State = Answered(flow.State);
    }

    private static FlowState Answered(FlowState state) => state switch
    {
        FlowState.UdpOneWay => FlowState.UdpSteady,
        FlowState.UdpShortOneWay => FlowState.UdpShortSteady,
        _ => state,
    };

    private static uint Latest(uint lastSeenMs, ref readonly OfferAnswer answer, bool refreshesInbound, uint now)
    {
        if (answer.PacketsOut != 0)
            lastSeenMs = Later(lastSeenMs, answer.LastSeenOutMs, now);
        if (refreshesInbound && answer.PacketsIn != 0)
            lastSeenMs = Later(lastSeenMs, answer.LastSeenInMs, now);
        return lastSeenMs;
    }

    // Modulo 2^32. Never ahead of the shard's clock, which stands while its worker is held up and the offload actor's goes on: such a flow would be idle for 2^32 ms.
    private static uint Later(uint lastSeenMs, uint seenMs, uint now)
    {
        if ((int)(seenMs - now) > 0)
            seenMs = now;
        return (int)(seenMs - lastSeenMs) > 0 ? seenMs : lastSeenMs;
    }
}
