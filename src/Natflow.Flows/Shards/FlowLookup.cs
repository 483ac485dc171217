using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Paths;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Packets;

namespace Natflow.Flows.Shards;

/// <summary>Finds or opens the flow of a packet and keeps it current: generations, expiry, state.</summary>
/// <remarks>Owner thread only; no allocation.</remarks>
internal sealed class FlowLookup(ShardState shard)
{
    private readonly FlowOpener _opener = new(shard);

    /// <summary>The flow of a packet as it is now, opened if there is none and the packet may open one.</summary>
    internal DropReason FindOrOpen(ref FrameDescriptor frame, long nowMs, out uint slot, out bool isNew)
    {
        isNew = false;
        slot = shard.Flows.Find(in frame.Key, frame.Hash);
        if (slot != FlowTable.None && shard.IsOver(slot >> 1, nowMs))
        {
            shard.End(slot >> 1, nowMs);
            slot = FlowTable.None;
        }

        if (slot != FlowTable.None && BeginsAnew(in frame, slot >> 1))
        {
            shard.End(slot >> 1, nowMs);
            slot = FlowTable.None;
        }

        if (slot != FlowTable.None && frame.Key.Side == Side.Wan && shard.IsForsaken(in shard.Flows.Flow(slot >> 1), slot >> 1))
        {
            shard.End(slot >> 1, nowMs);
            return DropReason.NoMapping;
        }

        if (slot != FlowTable.None)
        {
            DropReason stale = Reevaluate(slot >> 1, nowMs);
            if (stale != DropReason.StaleGeneration || frame.Key.Side == Side.Wan)
                return stale;
        }

        isNew = true;
        DropReason reason = frame.Key.Side == Side.Lan
            ? _opener.TryOpenOutbound(in frame.Key, frame.Hash, frame.TcpFlags, nowMs, out slot)
            : _opener.TryOpenInbound(in frame.Key, frame.TcpFlags, nowMs, out slot);
        if (reason == DropReason.None)
            shard.Alg.OnOpened(slot, nowMs);
        return reason;
    }

    /// <summary>Steps a flow's state by a packet that did not open it.</summary>
    internal void Track(ref FlowRecord flow, uint flowIndex, ref readonly FrameDescriptor frame)
    {
        Side starter = (flow.Flags & FlowFlags.StartedOutside) != FlowFlags.None ? Side.Wan : Side.Lan;
        bool isAnswer = frame.Key.Side != starter;
        flow.State = flow.State switch
        {
            FlowState.UdpOneWay when isAnswer => FlowState.UdpSteady,
            FlowState.UdpShortOneWay when isAnswer => FlowState.UdpShortSteady,
            FlowState.IcmpOneWay when isAnswer => FlowState.IcmpAnswered,
            FlowState.UdpOneWay or FlowState.UdpShortOneWay or FlowState.IcmpOneWay => flow.State,
            _ when flow.Protocol == IpProtocol.Tcp => TcpMachine.Next(flow.State, frame.TcpFlags, frame.Key.Side),
            _ => flow.State,
        };
        bool isWanted = flow.State is FlowState.UdpSteady or FlowState.UdpShortSteady or FlowState.TcpEstablished;
        if (isWanted && (flow.Flags & FlowFlags.Keeper) == FlowFlags.None)
            shard.Keep(ref flow, flowIndex);
    }

    // A client whose host was refused may ask for another one from the same port.
    private bool BeginsAnew(ref readonly FrameDescriptor frame, uint flowIndex) =>
        frame.Key.Side == Side.Lan && frame.Key.Protocol == IpProtocol.Tcp && (frame.TcpFlags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn
        && shard.Hosts is { } hosts && hosts.IsRefused(isIpv6: false, flowIndex);

    private bool IsRevoked(uint flowIndex)
    {
        uint mappingIndex = shard.Flows.Cold(flowIndex).MappingIndex;
        return mappingIndex != FlowTable.None && (shard.Mappings[mappingIndex].Flags & MappingFlags.Revoked) != MappingFlags.None;
    }

    /// <summary>Brings a flow to the current generations, or ends it when its public address or its port forward is gone.</summary>
    private DropReason Reevaluate(uint flowIndex, long nowMs)
    {
        ref FlowRecord flow = ref shard.Flows.Flow(flowIndex);
        ushort pathGeneration = flow.PathGeneration;
        if (flow.PathGeneration != shard.Paths[flow.PathIndex].Generation)
        {
            int addressIndex = shard.Pool.IndexOf(flow.ExternalAddrBe);
            if (addressIndex < 0 || shard.IsWithdrawn(addressIndex) || IsRevoked(flowIndex))
            {
                shard.End(flowIndex, nowMs);
                shard.Counters.FlowsWithdrawn++;
                return DropReason.StaleGeneration;
            }

            bool isHairpin = (flow.Flags & FlowFlags.Hairpin) != FlowFlags.None;
            ushort path = isHairpin ? PathTable.None : shard.Resolver.Outside(MappedAddress.OfBe(flow.RemoteAddrBe));
            if (path == PathTable.None && !isHairpin)
                return DropReason.NoRoute;
            flow.PathIndex = PathTable.OfFlow(path);
            flow.PathGeneration = shard.Paths[flow.PathIndex].Generation;
            shard.Offload?.OnStale(isIpv6: false, flowIndex);
        }

        if (flow.PathGeneration == pathGeneration && shard.Policies.TryFollow(ref flow, flowIndex))
            return DropReason.None;
        DropReason refusal = Rejudge(ref flow, flowIndex, nowMs);
        if (refusal != DropReason.None && flow.PathGeneration != pathGeneration)
            flow.PathGeneration--; // Stays stale: each packet asks until it is let in.
        return refusal;
    }

    private DropReason Rejudge(ref FlowRecord flow, uint flowIndex, long nowMs)
    {
        ref UserRecord user = ref shard.Users[flow.UserIndex];
        if (user.PolicyVerdict == Verdict.Drop)
            return DropReason.Policy;
        if (user.FlowsEndedMs != 0 && shard.Flows.Cold(flowIndex).CreatedMs <= user.FlowsEndedMs)
        {
            shard.End(flowIndex, nowMs);
            return DropReason.StaleGeneration;
        }

        FlowKey outKey = flow.OutKey();
        DropReason reason = shard.Policies.AdmitIpv4(flow.UserIndex, in outKey, (flow.Flags & FlowFlags.StartedOutside) == FlowFlags.None, out ushort word);
        if (reason == DropReason.None && shard.Hosts is { } hosts)
            reason = hosts.Check(isIpv6: false, flowIndex, flow.UserIndex);
        if (reason != DropReason.None)
            return reason;
        shard.Policies.Set(isIpv6: false, flowIndex, word);
        flow.PolicyStamp = shard.Users.Gate(flow.UserIndex).PolicyStamp;
        shard.Offload?.OnStale(isIpv6: false, flowIndex);
        flow.Flags = shard.Policies.IsPoliced(isIpv6: false, flowIndex, flow.UserIndex) ? flow.Flags | FlowFlags.Policed : flow.Flags & ~FlowFlags.Policed;
        return DropReason.None;
    }
}
