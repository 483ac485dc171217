using System.Buffers.Binary;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Table;
using Natflow.Flows.Users;

namespace Natflow.Flows.Replication;

/// <summary>Keeps the users of a shard, their policies and port blocks as the owner has them.</summary>
/// <remarks>The shard's thread.</remarks>
internal sealed class UserReplica(ShardState shard)
{
    /// <summary>A hold here began a little later than at the owner: what is free there must be free here.</summary>
    internal const long HoldEarlyMs = 5000;

    internal SnapshotRefusal TakePolicy(ShardRestorer restorer, in UserPolicyState state, long nowMs)
    {
        uint userIndex = restorer.TryTranslate(state.AddressBe, out uint addressBe) ? shard.Users.Find(addressBe, state.Zone) : FlowTable.None;
        return userIndex != FlowTable.None && shard.Users.TryApply(userIndex, in state, nowMs) ? SnapshotRefusal.None : SnapshotRefusal.Invalid;
    }

    internal SnapshotRefusal TakeFigures(ShardRestorer restorer, in UserFigures figures)
    {
        uint userIndex = restorer.TryTranslate(figures.AddressBe, out uint addressBe) ? shard.Users.Find(addressBe, figures.Zone) : FlowTable.None;
        if (userIndex == FlowTable.None)
            return SnapshotRefusal.Invalid;
        shard.Users.Apply(userIndex, in figures);
        return SnapshotRefusal.None;
    }

    // Whoever has the block here and uses no port of it had it at the owner before.
    internal SnapshotRefusal TakeBlock(ShardRestorer restorer, in SnapshotBlock record, long nowMs)
    {
        int addressIndex = shard.Pool.IndexOf(record.PublicAddressBe);
        uint block = addressIndex < 0 ? FlowTable.None : shard.Blocks.BlockOf(addressIndex, BinaryPrimitives.ReverseEndianness(record.FirstPort));
        if (block == FlowTable.None || shard.Blocks.FirstPort(block) != record.FirstPort)
            return SnapshotRefusal.NotConfigured;
        uint holder = shard.Blocks.UserOf(block);
        if (record.UserAddressBe == 0 && holder == FlowTable.None)
        {
            _ = restorer.Take(in record); // It may be on hold here already.
            return SnapshotRefusal.None;
        }

        if (record.UserAddressBe == 0)
            return shard.Leases.TryTakeBack(block, nowMs + record.HoldMs) ? SnapshotRefusal.None : SnapshotRefusal.Taken;
        if (!restorer.TryTranslate(record.UserAddressBe, out uint addressBe))
            return SnapshotRefusal.Invalid;
        uint userIndex = shard.Users.Find(addressBe, record.Zone);
        if (holder == userIndex)
            return SnapshotRefusal.None;
        if (holder != FlowTable.None && shard.Leases.TryTakeBack(block, nowMs))
            shard.Blocks.ReleaseHeld(nowMs + HoldEarlyMs);
        return restorer.Take(in record);
    }

    internal SnapshotRefusal End(ShardRestorer restorer, in SnapshotUser record, long nowMs)
    {
        uint userIndex = restorer.TryTranslate(record.AddressBe, out uint addressBe) ? shard.Users.Find(addressBe, record.Zone) : FlowTable.None;
        if (userIndex == FlowTable.None || shard.Users[userIndex].FlowCount != 0)
            return SnapshotRefusal.Invalid;
        if ((shard.Users[userIndex].Marks & UserMarks.Parked) == UserMarks.None)
            Remove(userIndex, nowMs);
        return SnapshotRefusal.None;
    }

    /// <summary>Takes a user without flows out.</summary>
    internal void Remove(uint userIndex, long nowMs)
    {
        shard.Leases.ReleaseAll(userIndex, nowMs);
        shard.ReleaseInsidePath(userIndex);
        shard.Users.Remove(userIndex);
    }
}
