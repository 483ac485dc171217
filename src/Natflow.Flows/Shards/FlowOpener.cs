using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Paths;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Packets;

namespace Natflow.Flows.Shards;

/// <summary>
/// Opens flows: finds or makes the subscriber, the mapping and its port, checks quotas and filtering, indexes both keys. What is
/// refused leaves nothing behind but, perhaps, a subscriber without flows.
/// </summary>
/// <remarks>Owner thread only. No allocation on the managed heap.</remarks>
internal sealed class FlowOpener(ShardState shard)
{
    // In endpoint-dependent mode a port fits unless this destination uses it already; more tries find it on a crowded block.
    private const int SharedPortTries = 16;

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

        DropReason reason = CheckUser(userIndex);
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
        uint mappingIndex = isOneToOne ? FlowTable.None : FindMapping(in key, isEndpointDependent);
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
                ? TryTakeSharedPort(userIndex, in key, nowMs, out externalAddrBe, out externalPortBe)
                : TryMakeMapping(userIndex, in key, nowMs, out mappingIndex, out externalAddrBe, out externalPortBe);
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

        var flow = new FlowRecord
        {
            InsideAddrBe = key.SrcAddrBe,
            InsidePortBe = key.SrcPortBe,
            RemoteAddrBe = key.DstAddrBe,
            RemotePortBe = key.DstPortBe,
            ExternalAddrBe = externalAddrBe,
            ExternalPortBe = externalPortBe,
            Zone = key.Zone,
            Protocol = key.Protocol,
            PathIndex = PathTable.OfFlow(path),
            State = state,
            UserIndex = userIndex,
            Flags = FlowFlags.Keeper | (isHairpin ? FlowFlags.Hairpin : FlowFlags.None) | (isOneToOne ? FlowFlags.OneToOne : mappingIndex == FlowTable.None ? FlowFlags.EndpointDependent : FlowFlags.None),
        };
        return Insert(ref flow, hash, mappingIndex, nowMs, out slot);
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
        DropReason reason = CheckUser(userIndex);
        if (reason == DropReason.None)
        {
            var asked = new FlowKey(insideAddrBe, key.SrcAddrBe, insidePortBe, key.SrcPortBe, zone, key.Protocol, Side.Lan);
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

        var flow = new FlowRecord
        {
            InsideAddrBe = insideAddrBe,
            InsidePortBe = insidePortBe,
            RemoteAddrBe = key.SrcAddrBe,
            RemotePortBe = key.SrcPortBe,
            ExternalAddrBe = key.DstAddrBe,
            ExternalPortBe = key.DstPortBe,
            Zone = zone,
            Protocol = key.Protocol,
            PathIndex = PathTable.OfFlow(path),
            State = state,
            UserIndex = userIndex,
            Flags = FlowFlags.StartedOutside | (isHairpin ? FlowFlags.Hairpin : FlowFlags.None)
                | (mappingIndex == FlowTable.None ? FlowFlags.OneToOne : FlowFlags.None)
                | (key.Protocol == IpProtocol.Udp && shard.Settings.UdpInboundRefresh ? FlowFlags.Keeper : FlowFlags.None),
        };
        FlowKey outKey = flow.OutKey();
        reason = Insert(ref flow, shard.Hash.Of(in outKey), mappingIndex, nowMs, out slot);
        slot |= 1;
        return reason;
    }

    /// <summary>Pairs a subscriber that has no public address yet with a given one (RFC 4787 REQ-2).</summary>
    internal void Pair(uint userIndex, uint addressBe)
    {
        ref UserRecord user = ref shard.Users[userIndex];
        int addressIndex = shard.Pool.IndexOf(addressBe);
        if (shard.Pool.Plan is null && user.PublicAddressIndex < 0 && addressIndex >= 0 && !shard.IsWithdrawn(addressIndex))
            user.PublicAddressIndex = (short)addressIndex;
    }

    /// <summary>Finds or makes the mapping of an inside endpoint without a flow. A fresh one has no use yet: hold it, or it is lost.</summary>
    /// <param name="userIndex">The endpoint's subscriber.</param>
    /// <param name="key">Source is the inside endpoint, side LAN; the destination is not looked at.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="mappingIndex">The mapping, on <see cref="DropReason.None"/>.</param>
    internal DropReason TryMapInside(uint userIndex, in FlowKey key, long nowMs, out uint mappingIndex)
    {
        if (shard.HasWithdrawn)
            shard.Leases.LeaveWithdrawn(userIndex, nowMs);
        mappingIndex = FindMapping(in key, isEndpointDependent: false);
        if (mappingIndex != FlowTable.None)
            return DropReason.None;
        DropReason reason = CheckUser(userIndex);
        if (reason == DropReason.None && !shard.MappingRate.TryTake(ref shard.Users[userIndex].MappingDueUs, nowMs))
            reason = DropReason.MappingRateExceeded;
        return reason == DropReason.None ? TryMakeMapping(userIndex, in key, nowMs, out mappingIndex, out _, out _) : reason;
    }

    /// <summary>Makes mappings of an even inside port and the next one on an even external port and the next one. Both have no use yet: hold them.</summary>
    /// <returns>False when one of the two has a mapping already, or no pair of ports is free.</returns>
    internal bool TryMapPair(uint userIndex, in FlowKey evenKey, long nowMs, out uint first, out uint second)
    {
        FlowKey oddKey = evenKey with { SrcPortBe = NextPort(evenKey.SrcPortBe) };
        first = shard.Mappings.Find(in evenKey);
        second = shard.Mappings.Find(in oddKey);
        if (first != FlowTable.None || second != FlowTable.None || CheckUser(userIndex) != DropReason.None
            || shard.Settings.FlowCapacity - shard.Mappings.Count < 2 || !TryTakePair(userIndex, evenKey.Protocol, nowMs, out uint block, out ushort portBe))
        {
            return false;
        }

        first = AddMapping(userIndex, in evenKey, shard.Blocks.AddressBe(block), portBe);
        second = AddMapping(userIndex, in oddKey, shard.Blocks.AddressBe(block), NextPort(portBe));
        return true;
    }

    private static ushort NextPort(ushort portBe) =>
        BinaryPrimitives.ReverseEndianness((ushort)(BinaryPrimitives.ReverseEndianness(portBe) + 1));

    private bool TryTakePair(uint userIndex, byte protocol, long nowMs, out uint block, out ushort portBe)
    {
        portBe = 0;
        for (block = shard.Users[userIndex].FirstBlock; block != FlowTable.None; block = shard.Blocks.NextOfUser(block))
        {
            if (!shard.Blocks.IsShared(block) && shard.Blocks.TryTakePair(block, protocol, out portBe))
                return true;
        }

        return shard.Leases.TryLease(userIndex, nowMs, isShared: false, out block) == DropReason.None && shard.Blocks.TryTakePair(block, protocol, out portBe);
    }

    /// <summary>Adds a mapping whose port is taken. It has no use yet.</summary>
    internal uint AddMapping(uint userIndex, in FlowKey key, uint externalAddrBe, ushort externalPortBe)
    {
        shard.Counters.MappingsMade++;
        return shard.Mappings.Add(new MappingRecord
        {
            InsideAddrBe = key.SrcAddrBe,
            InsidePortBe = key.SrcPortBe,
            ExternalAddrBe = externalAddrBe,
            ExternalPortBe = externalPortBe,
            UserIndex = userIndex,
            Zone = key.Zone,
            Protocol = key.Protocol,
        });
    }

    /// <summary>Pairs a subscriber with an address that has room, if it has none yet.</summary>
    /// <returns>Index of its public address, or -1.</returns>
    internal int PairAny(uint userIndex)
    {
        ref UserRecord user = ref shard.Users[userIndex];
        if (user.PublicAddressIndex < 0)
            user.PublicAddressIndex = (short)shard.Leases.PickAddress(in user);
        return user.PublicAddressIndex;
    }

    /// <summary>Makes the mapping of an inside endpoint on a given external port of the subscriber's own public address. It has no use yet: hold it.</summary>
    /// <param name="userIndex">The subscriber.</param>
    /// <param name="key">Source is the inside endpoint, which has no mapping.</param>
    /// <param name="addressBe">Wanted address; 0 for any. A subscriber that is paired already gets no other one.</param>
    /// <param name="portBe">Wanted port; 0 is never given.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="mappingIndex">The mapping.</param>
    /// <returns>False when the port is not to be had.</returns>
    internal bool TryMapExact(uint userIndex, in FlowKey key, uint addressBe, ushort portBe, long nowMs, out uint mappingIndex)
    {
        mappingIndex = FlowTable.None;
        if (shard.HasWithdrawn)
            shard.Leases.LeaveWithdrawn(userIndex, nowMs);
        if (addressBe != 0)
            Pair(userIndex, addressBe);
        int addressIndex = PairAny(userIndex);
        if (addressIndex < 0 || shard.IsWithdrawn(addressIndex) || portBe == 0 || CheckUser(userIndex) != DropReason.None
            || (addressBe != 0 && shard.Pool.AddressBe(addressIndex) != addressBe) || shard.Mappings.Count >= shard.Settings.FlowCapacity)
        {
            return false;
        }

        uint block = shard.Blocks.BlockOf(addressIndex, portBe);
        if (block == FlowTable.None || !TryOwnBlock(userIndex, block, nowMs) || !shard.Blocks.TryTakeExact(block, key.Protocol, portBe))
            return false;
        mappingIndex = AddMapping(userIndex, in key, shard.Pool.AddressBe(addressIndex), portBe);
        return true;
    }

    /// <summary>Leases a block to a subscriber unless it has it; not one whose ports are shared.</summary>
    internal bool TryOwnBlock(uint userIndex, uint block, long nowMs) => shard.Blocks.UserOf(block) == userIndex
        ? !shard.Blocks.IsShared(block)
        : shard.Leases.TryLeaseExact(userIndex, block, nowMs);

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

    private DropReason CheckUser(uint userIndex)
    {
        ref UserRecord user = ref shard.Users[userIndex];
        if (user.PolicyVerdict == Verdict.Drop)
            return DropReason.Policy;
        return user.FlowCount >= (uint)shard.Settings.FlowsPerUserMax ? DropReason.FlowQuotaExceeded : DropReason.None;
    }

    // A mapping on a withdrawn address lets its inside endpoint go to another one; its flows end at their next packets.
    private uint FindMapping(in FlowKey key, bool isEndpointDependent)
    {
        uint index = shard.Mappings.Find(in key);
        if (isEndpointDependent && index != FlowTable.None && (shard.Mappings[index].Flags & MappingFlags.Explicit) == MappingFlags.None)
            return FlowTable.None;
        if (index == FlowTable.None || !shard.IsWithdrawnBe(shard.Mappings[index].ExternalAddrBe))
            return index;
        shard.Mappings.Detach(index);
        return FlowTable.None;
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

    [MethodImpl(MethodImplOptions.NoInlining)] // As Insert.
    private DropReason TryMakeMapping(
        uint userIndex, in FlowKey key, long nowMs, out uint mappingIndex, out uint externalAddrBe, out ushort externalPortBe)
    {
        mappingIndex = FlowTable.None;
        DropReason reason = TryTakePort(userIndex, in key, nowMs, out uint block, out externalPortBe);
        externalAddrBe = 0;
        if (reason != DropReason.None)
            return reason;

        externalAddrBe = shard.Blocks.AddressBe(block);
        mappingIndex = shard.Mappings.Add(new MappingRecord
        {
            InsideAddrBe = key.SrcAddrBe,
            InsidePortBe = key.SrcPortBe,
            ExternalAddrBe = externalAddrBe,
            ExternalPortBe = externalPortBe,
            UserIndex = userIndex,
            Zone = key.Zone,
            Protocol = key.Protocol,
        });
        if (mappingIndex == FlowTable.None)
        {
            shard.Blocks.FreePort(block, key.Protocol, externalPortBe);
            return DropReason.MappingTableFull;
        }

        shard.Counters.MappingsMade++;
        return DropReason.None;
    }

    /// <summary>Asks the cache for what the flow of a key will touch, should it take a port of a block.</summary>
    internal void Foresee(uint block, in FlowKey key)
    {
        if (shard.Blocks.TryPeekPort(block, key.Protocol, key.SrcPortBe, out ushort portBe))
            PrefetchInbound(in key, shard.Blocks.AddressBe(block), portBe);
    }

    private void PrefetchInbound(in FlowKey key, uint externalAddrBe, ushort externalPortBe)
    {
        var inKey = new FlowKey(key.DstAddrBe, externalAddrBe, key.DstPortBe, externalPortBe, 0, key.Protocol, Side.Wan);
        shard.Flows.PrefetchBucket(shard.Hash.Of(in inKey));
        shard.Mappings.PrefetchExternal(externalAddrBe, externalPortBe, key.Protocol);
    }

    // First a port of the wanted parity from a block the user holds, then a new block, then any port of a held block.
    private DropReason TryTakePort(uint userIndex, in FlowKey key, long nowMs, out uint block, out ushort portBe)
    {
        if (TryTakeHeldPort(userIndex, in key, anyParity: false, out block, out portBe))
            return DropReason.None;
        DropReason reason = shard.Leases.TryLease(userIndex, nowMs, isShared: false, out block);
        if (reason == DropReason.None && shard.Blocks.TryTakePort(block, key.Protocol, key.SrcPortBe, anyParity: true, out portBe))
            return DropReason.None;
        return TryTakeHeldPort(userIndex, in key, anyParity: true, out block, out portBe) ? DropReason.None : reason;
    }

    private bool TryTakeHeldPort(uint userIndex, in FlowKey key, bool anyParity, out uint block, out ushort portBe)
    {
        portBe = 0;
        for (block = shard.Users[userIndex].FirstBlock; block != FlowTable.None; block = shard.Blocks.NextOfUser(block))
        {
            if (!shard.Blocks.IsShared(block) && shard.Blocks.TryTakePort(block, key.Protocol, key.SrcPortBe, anyParity, out portBe))
                return true;
        }

        return false;
    }

    private DropReason TryTakeSharedPort(uint userIndex, in FlowKey key, long nowMs, out uint externalAddrBe, out ushort externalPortBe)
    {
        externalAddrBe = 0;
        externalPortBe = 0;
        uint block = shard.Users[userIndex].FirstBlock;
        while (block != FlowTable.None && !shard.Blocks.IsShared(block))
            block = shard.Blocks.NextOfUser(block);
        for (int attempt = 0; attempt < SharedPortTries; attempt++)
        {
            if (block == FlowTable.None || attempt == SharedPortTries / 2)
            {
                DropReason reason = shard.Leases.TryLease(userIndex, nowMs, isShared: true, out uint leased);
                if (leased != FlowTable.None)
                    block = leased;
                else if (block == FlowTable.None)
                    return reason;
            }

            externalAddrBe = shard.Blocks.AddressBe(block);
            externalPortBe = shard.Blocks.RandomPort(block);
            ushort remotePortBe = key.DstPortBe;
            var inKey = new FlowKey(key.DstAddrBe, externalAddrBe, remotePortBe, externalPortBe, 0, key.Protocol, Side.Wan);
            if (!shard.Pool.IsForward(externalAddrBe, externalPortBe, key.Protocol) && shard.Flows.Find(in inKey, shard.Hash.Of(in inKey)) == FlowTable.None)
            {
                shard.Blocks.CountSharedUse(block);
                return DropReason.None;
            }
        }

        return DropReason.PortsExhausted;
    }

    /// <summary>Puts a flow in both indices, the timer wheel and all counts; on failure nothing stays of it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // One large method made of all of these measured 15 % slower.
    internal DropReason Insert(ref FlowRecord flow, uint outHash, uint mappingIndex, long nowMs, out uint slot)
    {
        uint flowIndex = shard.Flows.Allocate();
        slot = flowIndex << 1;
        NatRewriter.ComputeDeltas(
            flow.InsideAddrBe, flow.ExternalAddrBe, flow.InsidePortBe, flow.ExternalPortBe, flow.Protocol, out flow.L3Delta, out flow.L4Delta);
        flow.LastSeenMs = (uint)nowMs;
        flow.PolicyGeneration = shard.Users.Gate(flow.UserIndex).PolicyGeneration;
        flow.PathGeneration = shard.Paths[flow.PathIndex].Generation;
        shard.Policies.Set(isIpv6: false, flowIndex, _policyWord);
        _policyWord = 0;
        if (shard.Policies.IsPoliced(isIpv6: false, flowIndex, flow.UserIndex))
            flow.Flags |= FlowFlags.Policed;
        if (flow.Protocol == IpProtocol.Tcp || (flow.Protocol == IpProtocol.Udp && shard.Settings.UdpInboundRefresh))
            flow.Flags |= FlowFlags.InboundRefresh;

        shard.Flows.Flow(flowIndex) = flow;
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
