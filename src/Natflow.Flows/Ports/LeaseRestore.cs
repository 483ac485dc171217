using System.Buffers.Binary;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Table;

namespace Natflow.Flows;

/// <summary>Takes up port blocks that an earlier process leased and put on record, after it died without saying good-bye.</summary>
/// <remarks>Before the shard's worker starts.</remarks>
public static class LeaseRestore
{
    /// <summary>Gives a subscriber a block again.</summary>
    /// <param name="shard">The shard that owns the subscriber.</param>
    /// <param name="userAddressBe">Network byte order.</param>
    /// <param name="zone">Its zone.</param>
    /// <param name="publicAddressBe">Network byte order.</param>
    /// <param name="firstPort">First port of the block.</param>
    /// <param name="portCount">Ports of the block.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <returns>Whether the subscriber holds the block now, perhaps since before. False where the configuration is another or the block is taken.</returns>
    public static bool TryRestore(ShardState shard, uint userAddressBe, ushort zone, uint publicAddressBe, ushort firstPort, int portCount, long nowMs)
    {
        int addressIndex = shard.Pool.IndexOf(publicAddressBe);
        if (addressIndex < 0 || shard.Pool.IsStatic(addressIndex) || shard.IsWithdrawn(addressIndex) || portCount != shard.Settings.PortBlockSize)
            return false;
        uint block = shard.Blocks.BlockOf(addressIndex, BinaryPrimitives.ReverseEndianness(firstPort));
        if (block == FlowTable.None || shard.Blocks.FirstPort(block) != firstPort)
            return false;
        uint userIndex = shard.Users.Find(userAddressBe, zone);
        if (userIndex != FlowTable.None && Holds(shard, userIndex, block))
            return true;
        if (userIndex == FlowTable.None)
            userIndex = shard.Users.Add(userAddressBe, zone, nowMs);
        if (userIndex == FlowTable.None || shard.Leases.TryRestore(userIndex, block, isShared: false) != SnapshotRefusal.None)
            return false;
        if (shard.Users[userIndex].PublicAddressIndex < 0)
            shard.Users[userIndex].PublicAddressIndex = (short)addressIndex;
        return true;
    }

    private static bool Holds(ShardState shard, uint userIndex, uint block)
    {
        for (uint held = shard.Users[userIndex].FirstBlock; held != FlowTable.None; held = shard.Blocks.NextOfUser(held))
        {
            if (held == block)
                return true;
        }

        return false;
    }
}
