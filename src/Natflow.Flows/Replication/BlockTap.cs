using System.Runtime.InteropServices;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Memory;

namespace Natflow.Flows.Replication;

/// <summary>Tells who has which port block, and which are on hold (RFC 6888 REQ-8).</summary>
internal sealed class BlockTap(ShardState shard) : IDisposable
{
    private const ulong OnHold = SentWord.Mark | 1;

    private readonly NativeArray<ulong> _sent = new(Math.Max(1, shard.Blocks.BlockCount));

    internal long RecordCount { get; private set; }

    internal void Clear() => _sent.Span.Clear();

    internal int Look(uint block, long nowMs, Span<byte> output)
    {
        uint userIndex = shard.Blocks.UserOf(block);
        if (userIndex == FlowTable.None)
        {
            // A block that nobody had needs no word; one that is free again is free at the standby when its hold there is over.
            if (_sent[block] == OnHold || (_sent[block] == 0 && shard.Blocks.HoldUntilMs(block) <= nowMs))
                return 0;
            _sent[block] = OnHold;
            return Write(output, block, new SnapshotBlock { HoldMs = (uint)Math.Clamp(shard.Blocks.HoldUntilMs(block) - nowMs, 1, uint.MaxValue) });
        }

        ref UserRecord user = ref shard.Users[userIndex];
        ulong word = SentWord.Mark | SentWord.Mix(user.AddressBe | ((ulong)user.Zone << 32), shard.Blocks.IsShared(block) ? 1UL : 0UL) | 2;
        if (word == _sent[block])
            return 0;
        _sent[block] = word;
        return Write(output, block, new SnapshotBlock { UserAddressBe = user.AddressBe, Zone = user.Zone, IsShared = shard.Blocks.IsShared(block) ? (byte)1 : (byte)0 });
    }

    public void Dispose() => _sent.Dispose();

    private int Write(Span<byte> output, uint block, SnapshotBlock record)
    {
        record.PublicAddressBe = shard.Blocks.AddressBe(block);
        record.FirstPort = (ushort)shard.Blocks.FirstPort(block);
        MemoryMarshal.Write(output, new ReplicatedBlock { Head = new ReplicationHead { Kind = ReplicationKind.Block, SourceIndex = block }, Block = record });
        RecordCount++;
        return ReplicatedBlock.SizeBytes;
    }
}
