using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Flows.Users;

namespace Natflow.Flows.Shards;

/// <summary>Makes mappings: pairs subscribers with public addresses, leases them blocks, takes ports of these.</summary>
/// <remarks>Owner thread only. No allocation on the managed heap.</remarks>
internal sealed class MappingMaker(ShardState shard)
{
    // In endpoint-dependent mode a port fits unless this destination uses it already; more tries find it on a crowded block.
    private const int SharedPortTries = 16;

    /// <summary>The mapping of an inside endpoint. One on a withdrawn address lets its endpoint go to another one; its flows end at their next packets.</summary>
    internal uint Find(in FlowKey key, bool isEndpointDependent)
    {
        uint index = shard.Mappings.Find(in key);
        if (isEndpointDependent && index != FlowTable.None && (shard.Mappings[index].Flags & MappingFlags.Explicit) == MappingFlags.None)
            return FlowTable.None;
        if (index == FlowTable.None || !shard.IsWithdrawnBe(shard.Mappings[index].ExternalAddrBe))
            return index;
        shard.Mappings.Detach(index);
        return FlowTable.None;
    }

    /// <summary>Makes the mapping of an inside endpoint that has none. It has no use yet.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // As FlowOpener.Insert.
    internal DropReason TryMake(
        uint userIndex, in FlowKey key, long nowMs, out uint mappingIndex, out uint externalAddrBe, out ushort externalPortBe)
    {
        mappingIndex = FlowTable.None;
        DropReason reason = TryTakePort(userIndex, in key, nowMs, out uint block, out externalPortBe);
        externalAddrBe = 0;
        if (reason != DropReason.None)
            return reason;

        externalAddrBe = shard.Blocks.AddressBe(block);
        mappingIndex = shard.Mappings.Add(in key, externalAddrBe, externalPortBe, userIndex);
        if (mappingIndex == FlowTable.None)
        {
            shard.Blocks.FreePort(block, key.Protocol, externalPortBe);
            return DropReason.MappingTableFull;
        }

        shard.Counters.MappingsMade++;
        return DropReason.None;
    }

    /// <summary>Takes a port that serves several destinations, but not yet this one.</summary>
    internal DropReason TryTakeSharedPort(uint userIndex, in FlowKey key, long nowMs, out uint externalAddrBe, out ushort externalPortBe)
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
            var inKey = FlowKey.Of(key.DstAddrBe, externalAddrBe, remotePortBe, externalPortBe, 0, key.Protocol, Side.Wan);
            if (!shard.Pool.IsForward(externalAddrBe, externalPortBe, key.Protocol) && shard.Flows.Find(in inKey, shard.Hash.Of(in inKey)) == FlowTable.None)
            {
                shard.Blocks.CountSharedUse(block);
                return DropReason.None;
            }
        }

        return DropReason.PortsExhausted;
    }

    /// <summary>Whether a subscriber may have one more flow or mapping.</summary>
    internal DropReason CheckUser(uint userIndex)
    {
        ref UserRecord user = ref shard.Users[userIndex];
        if (user.PolicyVerdict == Verdict.Drop)
            return DropReason.Policy;
        return user.FlowCount >= (uint)shard.Settings.FlowsPerUserMax ? DropReason.FlowQuotaExceeded : DropReason.None;
    }

    /// <summary>Pairs a subscriber that has no public address yet with a given one (RFC 4787 REQ-2).</summary>
    internal void Pair(uint userIndex, uint addressBe)
    {
        ref UserRecord user = ref shard.Users[userIndex];
        int addressIndex = shard.Pool.IndexOf(addressBe);
        if (shard.Pool.Plan is null && user.PublicAddressIndex < 0 && addressIndex >= 0 && !shard.IsWithdrawn(addressIndex))
            user.PublicAddressIndex = (short)addressIndex;
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

    /// <summary>Finds or makes the mapping of an inside endpoint without a flow. A fresh one has no use yet: hold it, or it is lost.</summary>
    /// <param name="userIndex">The endpoint's subscriber.</param>
    /// <param name="key">Source is the inside endpoint, side LAN; the destination is not looked at.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="mappingIndex">The mapping, on <see cref="DropReason.None"/>.</param>
    internal DropReason TryMapInside(uint userIndex, in FlowKey key, long nowMs, out uint mappingIndex)
    {
        if (shard.HasWithdrawn)
            shard.Leases.LeaveWithdrawn(userIndex, nowMs);
        mappingIndex = Find(in key, isEndpointDependent: false);
        if (mappingIndex != FlowTable.None)
            return DropReason.None;
        DropReason reason = CheckUser(userIndex);
        if (reason == DropReason.None && !shard.MappingRate.TryTake(ref shard.Users[userIndex].MappingDueUs, nowMs))
            reason = DropReason.MappingRateExceeded;
        return reason == DropReason.None ? TryMake(userIndex, in key, nowMs, out mappingIndex, out _, out _) : reason;
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

    /// <summary>Adds a mapping whose port is taken. It has no use yet.</summary>
    internal uint AddMapping(uint userIndex, in FlowKey key, uint externalAddrBe, ushort externalPortBe)
    {
        shard.Counters.MappingsMade++;
        return shard.Mappings.Add(in key, externalAddrBe, externalPortBe, userIndex);
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

    private static ushort NextPort(ushort portBe) =>
        BinaryPrimitives.ReverseEndianness((ushort)(BinaryPrimitives.ReverseEndianness(portBe) + 1));
}
