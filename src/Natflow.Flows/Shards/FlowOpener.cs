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
        FlowState state = InitialState(key.Protocol, tcpFlags, Side.Lan);
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
        if (reason != DropReason.None)
            return reason;
        if (shard.Flows.Count == shard.Flows.Capacity)
            return DropReason.FlowTableFull;

        ushort path = shard.Resolver.Outside(MappedAddress.OfBe(key.DstAddrBe));
        if (path == PathTable.None)
            return DropReason.NoRoute;

        uint mappingIndex = shard.Mappings.Find(in key);
        uint externalAddrBe;
        ushort externalPortBe;
        if (mappingIndex == FlowTable.None)
        {
            reason = shard.Settings.Mapping == MappingMode.EndpointIndependent
                ? TryMakeMapping(userIndex, in key, nowMs, out mappingIndex, out externalAddrBe, out externalPortBe)
                : TryTakeSharedPort(userIndex, in key, nowMs, out externalAddrBe, out externalPortBe);
            if (reason != DropReason.None)
                return reason;
        }
        else
        {
            ref MappingRecord mapping = ref shard.Mappings[mappingIndex];
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
            Flags = mappingIndex == FlowTable.None ? FlowFlags.EndpointDependent : FlowFlags.None,
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

        int forward = shard.Pool.ForwardOf(key.DstAddrBe, key.DstPortBe, key.Protocol);
        uint mappingIndex = forward >= 0
            ? shard.ForwardMapping(forward)
            : shard.Mappings.FindExternal(key.DstAddrBe, key.DstPortBe, key.Protocol);
        if (mappingIndex == FlowTable.None || shard.IsWithdrawn(addressIndex))
            return DropReason.NoMapping;

        // A query from outside is never let in (RFC 5508 section 4 speaks of queries from inside); nor does a late segment open a flow.
        if (key.Protocol == IpProtocol.Icmp || (forward < 0 && !IsLetIn(mappingIndex, in key)))
            return DropReason.Filtered;
        FlowState state = InitialState(key.Protocol, tcpFlags, Side.Wan);
        if (state == FlowState.None)
            return DropReason.TcpNotSyn;

        ref MappingRecord mapping = ref shard.Mappings[mappingIndex];
        uint userIndex = mapping.UserIndex;
        if (userIndex == FlowTable.None)
        {
            userIndex = shard.Users.Find(mapping.InsideAddrBe, mapping.Zone);
            if (userIndex == FlowTable.None)
                userIndex = shard.Users.Add(mapping.InsideAddrBe, mapping.Zone, nowMs);
            if (userIndex == FlowTable.None)
                return DropReason.UserTableFull;
        }

        DropReason reason = CheckUser(userIndex);
        if (reason != DropReason.None)
            return reason;
        if (shard.Flows.Count == shard.Flows.Capacity)
            return DropReason.FlowTableFull;

        ushort path = shard.Resolver.Outside(MappedAddress.OfBe(key.SrcAddrBe));
        if (path == PathTable.None)
            return DropReason.NoRoute;

        var flow = new FlowRecord
        {
            InsideAddrBe = mapping.InsideAddrBe,
            InsidePortBe = mapping.InsidePortBe,
            RemoteAddrBe = key.SrcAddrBe,
            RemotePortBe = key.SrcPortBe,
            ExternalAddrBe = mapping.ExternalAddrBe,
            ExternalPortBe = mapping.ExternalPortBe,
            Zone = mapping.Zone,
            Protocol = key.Protocol,
            PathIndex = PathTable.OfFlow(path),
            State = state,
            UserIndex = userIndex,
            Flags = FlowFlags.StartedOutside,
        };
        FlowKey outKey = flow.OutKey();
        reason = Insert(ref flow, shard.Hash.Of(in outKey), mappingIndex, nowMs, out slot);
        slot |= 1;
        return reason;
    }

    private FlowState InitialState(byte protocol, byte tcpFlags, Side side)
    {
        if (protocol == IpProtocol.Udp)
            return FlowState.UdpOneWay;
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

    private bool IsLetIn(uint mappingIndex, in FlowKey key) => shard.Settings.Filtering switch
    {
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
        PrefetchInbound(in key, externalAddrBe, externalPortBe);
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

    // Both cache lines are asked for as soon as the port is known, so that the two waits are one.
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
        DropReason reason = TryLeaseBlock(userIndex, nowMs, out block);
        if (reason == DropReason.None && shard.Blocks.TryTakePort(block, key.Protocol, key.SrcPortBe, anyParity: true, out portBe))
            return DropReason.None;
        return TryTakeHeldPort(userIndex, in key, anyParity: true, out block, out portBe) ? DropReason.None : reason;
    }

    private bool TryTakeHeldPort(uint userIndex, in FlowKey key, bool anyParity, out uint block, out ushort portBe)
    {
        portBe = 0;
        for (block = shard.Users[userIndex].FirstBlock; block != FlowTable.None; block = shard.Blocks.NextOfUser(block))
        {
            if (shard.Blocks.TryTakePort(block, key.Protocol, key.SrcPortBe, anyParity, out portBe))
                return true;
        }

        return false;
    }

    // The newest block goes to the front: it has free ports.
    private DropReason TryLeaseBlock(uint userIndex, long nowMs, out uint block)
    {
        ref UserRecord user = ref shard.Users[userIndex];
        block = FlowTable.None;
        if (user.BlockCount >= (uint)shard.Settings.BlocksPerUserMax)
            return DropReason.PortQuotaExceeded;

        shard.Blocks.ReleaseHeld(nowMs);
        if (user.PublicAddressIndex < 0)
            user.PublicAddressIndex = (short)PickAddress();
        if (user.PublicAddressIndex < 0 || !shard.Blocks.TryLease(userIndex, user.PublicAddressIndex, user.FirstBlock, out block))
        {
            if (user.BlockCount == 0)
                user.PublicAddressIndex = -1; // Not paired yet: the next try may find another address.
            return DropReason.PortsExhausted;
        }

        user.FirstBlock = block;
        user.BlockCount++;
        shard.Counters.BlocksLeased++;
        return DropReason.None;
    }

    // A random address with room; the scan is for a pool that is nearly full or partly withdrawn.
    private int PickAddress()
    {
        int picked = shard.Blocks.PickAddress();
        for (int i = 0; i < shard.Pool.Count; i++)
        {
            int candidate = (picked + i) % shard.Pool.Count;
            if (!shard.IsWithdrawn(candidate) && shard.Blocks.FreeCount(candidate) > 0)
                return candidate;
        }

        return -1;
    }

    private DropReason TryTakeSharedPort(uint userIndex, in FlowKey key, long nowMs, out uint externalAddrBe, out ushort externalPortBe)
    {
        externalAddrBe = 0;
        externalPortBe = 0;
        uint block = shard.Users[userIndex].FirstBlock;
        for (int attempt = 0; attempt < SharedPortTries; attempt++)
        {
            if (block == FlowTable.None || attempt == SharedPortTries / 2)
            {
                DropReason reason = TryLeaseBlock(userIndex, nowMs, out uint leased);
                if (leased != FlowTable.None)
                    block = leased;
                else if (block == FlowTable.None)
                    return reason;
            }

            externalAddrBe = shard.Blocks.AddressBe(block);
            externalPortBe = shard.Blocks.RandomPort(block);
            ushort remotePortBe = key.DstPortBe;
            var inKey = new FlowKey(key.DstAddrBe, externalAddrBe, remotePortBe, externalPortBe, 0, key.Protocol, Side.Wan);
            if (shard.Flows.Find(in inKey, shard.Hash.Of(in inKey)) == FlowTable.None)
            {
                shard.Blocks.CountSharedUse(block);
                return DropReason.None;
            }
        }

        return DropReason.PortsExhausted;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // One large method made of all of these measured 15 % slower.
    private DropReason Insert(ref FlowRecord flow, uint outHash, uint mappingIndex, long nowMs, out uint slot)
    {
        uint flowIndex = shard.Flows.Allocate();
        slot = flowIndex << 1;
        NatRewriter.ComputeDeltas(
            flow.InsideAddrBe, flow.ExternalAddrBe, flow.InsidePortBe, flow.ExternalPortBe, flow.Protocol, out flow.L3Delta, out flow.L4Delta);
        flow.LastSeenMs = (uint)nowMs;
        flow.PolicyGeneration = shard.Users.Gate(flow.UserIndex).PolicyGeneration;
        flow.PathGeneration = shard.Paths[flow.PathIndex].Generation;
        if (shard.Pool.IndexOf(flow.RemoteAddrBe) >= 0)
            flow.Flags |= FlowFlags.Hairpin;
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
            shard.Peers?.Add(mappingIndex, flow.RemoteAddrBe);
        }

        shard.Counters.FlowsOpened++;
        if (shard.Flows.TryIndex(outHash, slot) && shard.Flows.TryIndex(shard.Hash.Of(in inKey), slot | 1))
            return DropReason.None;

        shard.End(flowIndex, nowMs);
        return DropReason.FlowTableFull;
    }
}
