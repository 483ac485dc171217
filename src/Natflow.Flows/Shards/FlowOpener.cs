using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Paths;
using Natflow.Flows.Table;
using Natflow.Packets;

namespace Natflow.Flows.Shards;

/// <summary>
/// Opens flows: finds or makes the subscriber and the mapping, checks quotas and filtering, indexes both keys. What is refused leaves nothing behind but,
/// perhaps, a subscriber without flows.
/// </summary>
/// <remarks>Owner thread only. No allocation on the managed heap.</remarks>
internal sealed class FlowOpener(ShardState shard)
{
    private readonly MappingMaker _mappings = new(shard);
    private ushort _policyWord; // Of the flow that is being opened.

    /// <summary>Opens a flow for a packet from inside.</summary>
    /// <param name="key">The packet's key, side LAN.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="tcpFlags">The TCP flag byte.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="slot">Flow index × 2 on success.</param>
    /// <returns><see cref="DropReason.None"/>, or why not.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)] // As Insert.
    public DropReason TryOpenOutbound(in FlowKey key, uint hash, byte tcpFlags, long nowMs, out uint slot)
    {
        slot = FlowTable.None;
        FlowState state = InitialState(key.Protocol, key.DstPortBe, tcpFlags, Side.Lan);
        if (state == FlowState.None)
            return DropReason.TcpNotSyn;

        uint userIndex = shard.Users.Find(key.SrcAddrBe, key.Zone);
        if (userIndex == FlowTable.None)
        {
            userIndex = shard.Users.Add(key.SrcAddrBe, key.Zone, nowMs);
            if (userIndex == FlowTable.None)
                return DropReason.UserTableFull;
            shard.Counters.UsersSeen++;
        }

        DropReason reason = _mappings.CheckUser(userIndex);
        if (reason == DropReason.None)
            reason = shard.Policies.AdmitIpv4(userIndex, in key, isFromInside: true, out _policyWord);
        if (reason != DropReason.None)
            return reason;
        if (shard.Flows.Count == shard.Flows.Capacity)
            return DropReason.FlowTableFull;

        // A hairpinned packet never takes a way out.
        bool isHairpin = shard.Pool.IndexOf(key.DstAddrBe) >= 0;
        ushort path = isHairpin ? PathTable.None : shard.Resolver.Outside(MappedAddress.OfBe(key.DstAddrBe));
        if (path == PathTable.None && !isHairpin)
            return DropReason.NoRoute;

        if (shard.HasWithdrawn)
            shard.Leases.LeaveWithdrawn(userIndex, nowMs);
        int staticIndex = shard.Pool.StaticIndexOf(key.SrcAddrBe, key.Zone);
        bool isOneToOne = staticIndex >= 0 && !shard.IsWithdrawn(staticIndex);
        bool isEndpointDependent = shard.IsEndpointDependent(in key) && !shard.Alg.NeedsMapping(in key);
        uint mappingIndex = isOneToOne ? FlowTable.None : _mappings.Find(in key, isEndpointDependent);
        uint externalAddrBe;
        ushort externalPortBe;
        if (isOneToOne)
        {
            externalAddrBe = shard.Pool.AddressBe(staticIndex);
            externalPortBe = key.SrcPortBe;
        }
        else if (mappingIndex == FlowTable.None)
        {
            if (!shard.MappingRate.TryTake(ref shard.Users[userIndex].MappingDueUs, nowMs))
                return DropReason.MappingRateExceeded;
            reason = isEndpointDependent
                ? _mappings.TryTakeSharedPort(userIndex, in key, nowMs, out externalAddrBe, out externalPortBe)
                : _mappings.TryMake(userIndex, in key, nowMs, out mappingIndex, out externalAddrBe, out externalPortBe);
            if (reason != DropReason.None)
                return reason;
        }
        else
        {
            ref MappingRecord mapping = ref shard.Mappings[mappingIndex];
            if (mapping.FlowCount >= shard.Settings.FlowsPerMappingMax)
                return DropReason.FlowQuotaExceeded;
            externalAddrBe = mapping.ExternalAddrBe;
            externalPortBe = mapping.ExternalPortBe;
        }

        ref FlowRecord flow = ref Begin(out uint flowIndex);
        flow.InsideAddrBe = key.SrcAddrBe;
        flow.InsidePortBe = key.SrcPortBe;
        flow.RemoteAddrBe = key.DstAddrBe;
        flow.RemotePortBe = key.DstPortBe;
        flow.ExternalAddrBe = externalAddrBe;
        flow.ExternalPortBe = externalPortBe;
        flow.Zone = key.Zone;
        flow.Protocol = key.Protocol;
        flow.PathIndex = PathTable.OfFlow(path);
        flow.State = state;
        flow.UserIndex = userIndex;
        flow.Flags = FlowFlags.Keeper | (isHairpin ? FlowFlags.Hairpin : FlowFlags.None)
            | (isOneToOne ? FlowFlags.OneToOne : mappingIndex == FlowTable.None ? FlowFlags.EndpointDependent : FlowFlags.None);
        slot = flowIndex << 1;
        return Insert(flowIndex, hash, mappingIndex, nowMs);
    }

    /// <summary>Opens a flow for a packet from outside to a mapping, as far as filtering allows (RFC 4787 section 5).</summary>
    /// <param name="key">The packet's key, side WAN.</param>
    /// <param name="tcpFlags">The TCP flag byte.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="slot">Flow index × 2 + 1 on success.</param>
    public DropReason TryOpenInbound(in FlowKey key, byte tcpFlags, long nowMs, out uint slot)
    {
        slot = FlowTable.None;
        int addressIndex = shard.Pool.IndexOf(key.DstAddrBe);
        if (addressIndex < 0)
            return DropReason.NoRoute;

        if (shard.Pool.IsStatic(addressIndex))
            return TryOpenOneToOne(in key, addressIndex, tcpFlags, nowMs, out slot);
        uint mappingIndex = shard.Mappings.FindExternal(key.DstAddrBe, key.DstPortBe, key.Protocol);
        if (mappingIndex == FlowTable.None || shard.IsWithdrawn(addressIndex) || shard.Mappings[mappingIndex].KeeperCount == 0)
            return DropReason.NoMapping;

        // A query from outside is never let in (RFC 5508 section 4 speaks of queries from inside); nor does a late segment open a flow.
        if (key.Protocol == IpProtocol.Icmp || (!IsForward(mappingIndex) && !IsLetIn(mappingIndex, in key) && !shard.Alg.IsExpected(in key, nowMs)))
            return DropReason.Filtered;
        FlowState state = InitialState(key.Protocol, key.SrcPortBe, tcpFlags, Side.Wan);
        if (state == FlowState.None)
            return DropReason.TcpNotSyn;

        ref MappingRecord mapping = ref shard.Mappings[mappingIndex];
        if (mapping.FlowCount >= shard.Settings.FlowsPerMappingMax)
            return DropReason.FlowQuotaExceeded;
        uint userIndex = mapping.UserIndex;
        if (userIndex == FlowTable.None)
        {
            userIndex = shard.Users.Find(mapping.InsideAddrBe, mapping.Zone);
            if (userIndex == FlowTable.None)
                userIndex = shard.Users.Add(mapping.InsideAddrBe, mapping.Zone, nowMs);
            if (userIndex == FlowTable.None)
                return DropReason.UserTableFull;
        }

        return OpenFromOutside(in key, mapping.InsideAddrBe, mapping.InsidePortBe, mapping.Zone, state, userIndex, mappingIndex, nowMs, out slot);
    }

    private DropReason TryOpenOneToOne(in FlowKey key, int addressIndex, byte tcpFlags, long nowMs, out uint slot)
    {
        slot = FlowTable.None;
        StaticAddress item = shard.Pool.StaticOf(addressIndex);
        if (shard.IsWithdrawn(addressIndex))
            return DropReason.NoMapping;
        FlowState state = InitialState(key.Protocol, key.SrcPortBe, tcpFlags, Side.Wan);
        if (state == FlowState.None)
            return DropReason.TcpNotSyn;
        uint insideBe = BinaryPrimitives.ReverseEndianness(item.InsideAddress);
        uint userIndex = shard.Users.Find(insideBe, item.Zone);
        if (userIndex == FlowTable.None)
            userIndex = shard.Users.Add(insideBe, item.Zone, nowMs);
        return userIndex == FlowTable.None
            ? DropReason.UserTableFull
            : OpenFromOutside(in key, insideBe, key.DstPortBe, item.Zone, state, userIndex, FlowTable.None, nowMs, out slot);
    }

    private DropReason OpenFromOutside(
        in FlowKey key, uint insideAddrBe, ushort insidePortBe, ushort zone, FlowState state, uint userIndex, uint mappingIndex, long nowMs, out uint slot)
    {
        slot = FlowTable.None;
        DropReason reason = _mappings.CheckUser(userIndex);
        if (reason == DropReason.None)
        {
            var asked = FlowKey.Of(insideAddrBe, key.SrcAddrBe, insidePortBe, key.SrcPortBe, zone, key.Protocol, Side.Lan);
            reason = shard.Policies.AdmitIpv4(userIndex, in asked, isFromInside: false, out _policyWord);
        }

        if (reason != DropReason.None)
            return reason;
        if (shard.Flows.Count == shard.Flows.Capacity)
            return DropReason.FlowTableFull;

        // A hairpinned packet's sender is a public address: no way leads there, and none is needed.
        bool isHairpin = shard.Pool.IndexOf(key.SrcAddrBe) >= 0;
        ushort path = isHairpin ? PathTable.None : shard.Resolver.Outside(MappedAddress.OfBe(key.SrcAddrBe));
        if (path == PathTable.None && !isHairpin)
            return DropReason.NoRoute;

        ref FlowRecord flow = ref Begin(out uint flowIndex);
        flow.InsideAddrBe = insideAddrBe;
        flow.InsidePortBe = insidePortBe;
        flow.RemoteAddrBe = key.SrcAddrBe;
        flow.RemotePortBe = key.SrcPortBe;
        flow.ExternalAddrBe = key.DstAddrBe;
        flow.ExternalPortBe = key.DstPortBe;
        flow.Zone = zone;
        flow.Protocol = key.Protocol;
        flow.PathIndex = PathTable.OfFlow(path);
        flow.State = state;
        flow.UserIndex = userIndex;
        flow.Flags = FlowFlags.StartedOutside | (isHairpin ? FlowFlags.Hairpin : FlowFlags.None)
            | (mappingIndex == FlowTable.None ? FlowFlags.OneToOne : FlowFlags.None)
            | (key.Protocol == IpProtocol.Udp && shard.Settings.UdpInboundRefresh ? FlowFlags.Keeper : FlowFlags.None);
        FlowKey outKey = flow.OutKey();
        slot = (flowIndex << 1) | 1;
        return Insert(flowIndex, shard.Hash.Of(in outKey), mappingIndex, nowMs);
    }

    private FlowState InitialState(byte protocol, ushort remotePortBe, byte tcpFlags, Side side)
    {
        if (protocol == IpProtocol.Udp)
            return shard.HasShortTimer(remotePortBe) ? FlowState.UdpShortOneWay : FlowState.UdpOneWay;
        if (protocol == IpProtocol.Icmp)
            return FlowState.IcmpOneWay;
        if ((tcpFlags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Syn)
            return TcpMachine.Initial(side);
        bool pickedUp = side == Side.Lan && shard.Settings.TcpPickUp && (tcpFlags & TcpFlags.Rst) == 0;
        return pickedUp ? FlowState.TcpTransitory : FlowState.None;
    }

    // Only a static mapping has no owner.
    private bool IsForward(uint mappingIndex) => shard.Mappings[mappingIndex].UserIndex == FlowTable.None;

    private bool IsLetIn(uint mappingIndex, in FlowKey key) => shard.FilteringOf(key.Protocol) switch
    {
        _ when (shard.Mappings[mappingIndex].Flags & MappingFlags.OpenToAll) != MappingFlags.None => true,
        FilteringMode.EndpointIndependent => true,
        FilteringMode.AddressDependent => shard.Peers!.Contains(mappingIndex, key.SrcAddrBe),
        _ => false,
    };

    /// <summary>Puts a flow of another node, or of an earlier start, in both indices, the timer wheel and all counts; on failure nothing stays of it. Not when the table is full.</summary>
    internal DropReason Insert(in FlowRecord flow, uint outHash, uint mappingIndex, long nowMs, out uint slot)
    {
        Begin(out uint flowIndex) = flow;
        slot = flowIndex << 1;
        return Insert(flowIndex, outHash, mappingIndex, nowMs);
    }

    // A flow is written where it stays: a copy of it would wait for its narrow stores to retire.
    private ref FlowRecord Begin(out uint flowIndex)
    {
        flowIndex = shard.Flows.Allocate();
        return ref shard.Flows.Flow(flowIndex);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // One large method made of all of these measured 15 % slower.
    private DropReason Insert(uint flowIndex, uint outHash, uint mappingIndex, long nowMs)
    {
        uint slot = flowIndex << 1;
        ref FlowRecord flow = ref shard.Flows.Flow(flowIndex);
        NatRewriter.ComputeDeltas(
            flow.InsideAddrBe, flow.ExternalAddrBe, flow.InsidePortBe, flow.ExternalPortBe, flow.Protocol, out flow.L3Delta, out flow.L4Delta);
        flow.LastSeenMs = (uint)nowMs;
        flow.PolicyStamp = shard.Users.Gate(flow.UserIndex).PolicyStamp;
        flow.PathGeneration = shard.Paths[flow.PathIndex].Generation;
        shard.Policies.Set(isIpv6: false, flowIndex, _policyWord);
        _policyWord = 0;
        if (shard.Policies.IsPoliced(isIpv6: false, flowIndex, flow.UserIndex))
            flow.Flags |= FlowFlags.Policed;
        if (flow.Protocol == IpProtocol.Tcp || (flow.Protocol == IpProtocol.Udp && shard.Settings.UdpInboundRefresh))
            flow.Flags |= FlowFlags.InboundRefresh;

        ref FlowColdRecord cold = ref shard.Flows.Cold(flowIndex);
        cold.MappingIndex = mappingIndex;
        cold.CreatedMs = nowMs;
        FlowKey inKey = flow.InKey();
        shard.Schedule(flowIndex, nowMs);
        shard.Users.OnFlowStarted(flow.UserIndex);
        if (mappingIndex != FlowTable.None)
        {
            if (shard.Mappings[mappingIndex].FlowCount++ == 0)
                shard.Mappings.LinkExternal(mappingIndex);
            if ((flow.Flags & FlowFlags.Keeper) != FlowFlags.None)
                shard.Mappings[mappingIndex].KeeperCount++;
            shard.Peers?.Add(mappingIndex, flow.RemoteAddrBe);
        }

        shard.Counters.FlowsOpened++;
        shard.SessionLog?.Add(NatEventKind.SessionOpened, in flow, nowMs);
        if (shard.Flows.TryIndex(outHash, slot))
        {
            if (shard.Flows.TryIndex(shard.Hash.Of(in inKey), slot | 1))
            {
                shard.Offload?.OnOpened(isIpv6: false, flowIndex);
                shard.Wanted?.OnOpened(isIpv6: false, flowIndex, flow.Protocol, nowMs);
                return DropReason.None;
            }

            shard.Flows.Unindex(slot);
        }

        shard.Wheel.Unschedule(flowIndex);
        shard.Forget(flowIndex, nowMs);
        return DropReason.FlowTableFull;
    }
}
