using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Table;
using Natflow.Flows.Users;

namespace Natflow.Flows;

/// <summary>Who gets which port blocks: pairing of a subscriber with an address (RFC 4787 REQ-2), leases, quotas, return, and the events of all these.</summary>
/// <remarks>Owner thread only. No allocation on the managed heap.</remarks>
internal sealed class BlockLeases(ShardState shard)
{
    private const int ThresholdHysteresisPercent = 5;

    private bool _isAboveThreshold;

    /// <summary>Leases a block to a user; the newest goes to the front of its list: it has free ports.</summary>
    internal DropReason TryLease(uint userIndex, long nowMs, bool isShared, out uint block)
    {
        ref UserRecord user = ref shard.Users[userIndex];
        block = FlowTable.None;
        if (user.BlockCount >= (uint)shard.Settings.BlocksPerUserMax)
            return DropReason.PortQuotaExceeded;

        if (shard.Pool.Plan is { } plan)
            return TryLeasePlanned(plan, userIndex, isShared, out block);
        shard.Blocks.ReleaseHeld(nowMs);
        if (user.PublicAddressIndex < 0)
            user.PublicAddressIndex = (short)PickAddress();
        int addressIndex = user.PublicAddressIndex;
        bool isSpilled = false;
        if (addressIndex >= 0 && shard.Blocks.FreeCount(addressIndex) == 0 && user.BlockCount != 0 && shard.Settings.SpillToOtherAddresses)
        {
            addressIndex = PickAddress();
            isSpilled = true;
        }

        if (addressIndex < 0 || !shard.Blocks.TryLease(userIndex, addressIndex, user.FirstBlock, out block))
        {
            if (user.BlockCount == 0)
                user.PublicAddressIndex = -1; // Not paired yet: the next try may find another address.
            return DropReason.PortsExhausted;
        }

        Link(ref user, block, isShared);
        Log(isSpilled ? PortBlockEventKind.Spilled : PortBlockEventKind.Leased, block, in user, nowMs);
        WatchThreshold(nowMs);
        return DropReason.None;
    }

    /// <summary>Leases a given block of the subscriber's own address, if it is free. Not where a plan says who has which block.</summary>
    internal bool TryLeaseExact(uint userIndex, uint block, long nowMs)
    {
        ref UserRecord user = ref shard.Users[userIndex];
        shard.Blocks.ReleaseHeld(nowMs);
        if (shard.Pool.Plan is not null || user.BlockCount >= (uint)shard.Settings.BlocksPerUserMax
            || !shard.Blocks.TryLeaseExact(userIndex, block, user.FirstBlock))
        {
            return false;
        }

        Link(ref user, block, isShared: false);
        Log(PortBlockEventKind.Leased, block, in user, nowMs);
        WatchThreshold(nowMs);
        return true;
    }

    /// <summary>Takes a lease over that an earlier run has given, and logged: in front of the subscriber's others.</summary>
    internal SnapshotRefusal TryRestore(uint userIndex, uint block, bool isShared)
    {
        ref UserRecord user = ref shard.Users[userIndex];
        if (user.BlockCount >= (uint)shard.Settings.BlocksPerUserMax)
            return SnapshotRefusal.Limit;
        bool isLeased = shard.Pool.Plan is { } plan
            ? IsPlanned(plan, in user, block) && shard.Blocks.TryLeasePlannedExact(userIndex, block, user.FirstBlock)
            : shard.Blocks.TryLeaseExact(userIndex, block, user.FirstBlock);
        if (!isLeased)
            return SnapshotRefusal.Taken;
        Link(ref user, block, isShared);
        return SnapshotRefusal.None;
    }

    private bool IsPlanned(DeterministicPlan plan, in UserRecord user, uint block)
    {
        int port = shard.Blocks.FirstPort(block);
        return plan.TryFindRange(BinaryPrimitives.ReverseEndianness(user.AddressBe), out int addressIndex, out int firstPort)
            && shard.Blocks.AddressIndex(block) == addressIndex && port >= firstPort && port < firstPort + plan.PortsPerUser;
    }

    /// <summary>The address that a subscriber without one is to be paired with, or -1.</summary>
    internal int PickAddress(in UserRecord user)
    {
        if (shard.Pool.Plan is not { } plan)
            return PickAddress();
        bool isPlanned = plan.TryFindRange(BinaryPrimitives.ReverseEndianness(user.AddressBe), out int addressIndex, out _);
        return isPlanned && !shard.IsWithdrawn(addressIndex) ? addressIndex : -1;
    }

    /// <summary>Gives all blocks of a subscriber without flows back, and its pairing with them.</summary>
    internal void ReleaseAll(uint userIndex, long nowMs)
    {
        ref UserRecord user = ref shard.Users[userIndex];
        uint block = user.FirstBlock;
        while (block != FlowTable.None)
        {
            uint next = shard.Blocks.NextOfUser(block);
            Release(block, in user, nowMs);
            block = next;
        }

        user.FirstBlock = FlowTable.None;
        user.BlockCount = 0;
        user.PublicAddressIndex = -1;
    }

    /// <summary>
    /// Takes a subscriber off a withdrawn address: blocks without ports in use go back at once, the others when their last flow ends; neither counts
    /// against the quota any more. O(blocks of the subscriber).
    /// </summary>
    internal void LeaveWithdrawn(uint userIndex, long nowMs)
    {
        ref UserRecord user = ref shard.Users[userIndex];
        if (user.PublicAddressIndex >= 0 && shard.IsWithdrawn(user.PublicAddressIndex))
            user.PublicAddressIndex = -1;
        ref uint link = ref user.FirstBlock;
        while (link != FlowTable.None)
        {
            uint block = link;
            ref uint next = ref shard.Blocks.NextOfUser(block);
            if (!shard.IsWithdrawn(shard.Blocks.AddressIndex(block)))
            {
                link = ref next;
                continue;
            }

            link = next;
            user.BlockCount--;
            if (shard.Blocks.TakenCount(block) == 0)
                Release(block, in user, nowMs);
            else
                shard.Blocks.SetOrphan(block);
        }
    }

    /// <summary>
    /// Gives a port back, and its block with the last port. The last block stays with its user until the user is idle, so that a client with one flow
    /// at a time does not flood the log with leases.
    /// </summary>
    internal void FreePort(uint addressBe, ushort portBe, byte protocol, uint userIndex, long nowMs)
    {
        uint block = shard.Blocks.BlockOf(shard.Pool.IndexOf(addressBe), portBe);
        if (!shard.Blocks.FreePort(block, protocol, portBe))
            return;
        ref UserRecord user = ref shard.Users[userIndex];
        if (!shard.Blocks.IsOrphan(block))
        {
            if (user.BlockCount == 1)
                return;
            ref uint link = ref user.FirstBlock;
            while (link != block)
                link = ref shard.Blocks.NextOfUser(link);
            link = shard.Blocks.NextOfUser(block);
            user.BlockCount--;
        }

        Release(block, in user, nowMs);
    }

    /// <summary>Takes a block back that has no port in use; nothing is logged, for whoever had it leased has done that.</summary>
    /// <returns>False when a port is in use, or nobody has it.</returns>
    internal bool TryTakeBack(uint block, long holdUntilMs)
    {
        uint userIndex = shard.Blocks.UserOf(block);
        if (userIndex == FlowTable.None || shard.Blocks.TakenCount(block) != 0)
            return false;
        ref UserRecord user = ref shard.Users[userIndex];
        if (!shard.Blocks.IsOrphan(block))
        {
            ref uint link = ref user.FirstBlock;
            while (link != block)
                link = ref shard.Blocks.NextOfUser(link);
            link = shard.Blocks.NextOfUser(block);
            user.BlockCount--;
        }

        shard.Blocks.Release(block, holdUntilMs - (long)shard.Settings.PortBlockHold.TotalMilliseconds);
        return true;
    }

    // Nothing is logged: the plan tells who has the ports at any time.
    private DropReason TryLeasePlanned(DeterministicPlan plan, uint userIndex, bool isShared, out uint block)
    {
        ref UserRecord user = ref shard.Users[userIndex];
        block = FlowTable.None;
        if (!plan.TryFindRange(BinaryPrimitives.ReverseEndianness(user.AddressBe), out int addressIndex, out int firstPort) || shard.IsWithdrawn(addressIndex))
            return DropReason.PortsExhausted;
        int blockCount = shard.Settings.DeterministicBlocksPerUser;
        if (!shard.Blocks.TryLeasePlanned(userIndex, addressIndex, firstPort, blockCount, user.FirstBlock, out block))
            return DropReason.PortQuotaExceeded;
        user.PublicAddressIndex = (short)addressIndex;
        Link(ref user, block, isShared);
        return DropReason.None;
    }

    private void Link(ref UserRecord user, uint block, bool isShared)
    {
        shard.Blocks.SetShared(block, isShared);
        user.FirstBlock = block;
        user.BlockCount++;
        shard.Counters.BlocksLeased++;
    }

    private void Release(uint block, in UserRecord user, long nowMs)
    {
        if (shard.Pool.Plan == null)
            Log(PortBlockEventKind.Released, block, in user, nowMs);
        shard.Blocks.Release(block, nowMs);
        shard.Counters.BlocksReleased++;
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

    private void Log(PortBlockEventKind kind, uint block, in UserRecord user, long nowMs) => shard.BlockLog.Add(new PortBlockEvent
    {
        TimeMs = nowMs,
        UserAddressBe = user.AddressBe,
        PublicAddressBe = shard.Blocks.AddressBe(block),
        FirstPort = (ushort)shard.Blocks.FirstPort(block),
        PortCount = (ushort)shard.Settings.PortBlockSize,
        Zone = user.Zone,
        Kind = kind,
    });

    // Says it once, and again only after the use has clearly fallen.
    private void WatchThreshold(long nowMs)
    {
        long used = shard.Blocks.LeasedCount * 100L;
        long all = (long)shard.Blocks.BlocksPerAddressHere * shard.Pool.Count;
        long threshold = shard.Settings.PoolThresholdPercent * all;
        if (used < threshold - (ThresholdHysteresisPercent * all))
            _isAboveThreshold = false;
        if (_isAboveThreshold || used < threshold)
            return;
        _isAboveThreshold = true;
        shard.BlockLog.Add(new PortBlockEvent { TimeMs = nowMs, Kind = PortBlockEventKind.ThresholdReached });
    }
}
