using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows.Shards;

/// <summary>
/// Asks the cache for what the frames of the slow path will touch, all of a group before the first of them is decided: a storm of new flows is bound by memory, and each
/// line that nobody asked for is waited for alone.
/// </summary>
/// <remarks>Owner thread only; changes nothing but the draw of ports.</remarks>
internal sealed class FlowForesight(ShardState shard) : IDisposable
{
    /// <summary>Frames of a group: as many as keep memory busy, and few enough that what was asked for is still there when it is used.</summary>
    internal const int GroupMax = 64;

    private readonly NativeArray<uint> _users = new(GroupMax);
    private readonly NativeArray<uint> _mappings = new(GroupMax);
    private readonly NativeArray<uint> _blocks = new(GroupMax);

    /// <summary>Asks for what a group touches.</summary>
    /// <param name="frames">The burst.</param>
    /// <param name="indices">Positions in it, at most <see cref="GroupMax"/>.</param>
    /// <param name="slots">Of each frame of the burst the slot that its flow has perhaps, or <see cref="FlowTable.None"/>.</param>
    internal void Ask(ReadOnlySpan<FrameDescriptor> frames, ReadOnlySpan<ushort> indices, ReadOnlySpan<uint> slots)
    {
        shard.Blocks.Redraw();
        AskHeads(frames, indices);
        for (int i = 0; i < indices.Length; i++)
        {
            shard.Users.PrefetchChain(_users[(uint)i]);
            shard.Mappings.PrefetchChain(_mappings[(uint)i]);
        }

        for (int i = 0; i < indices.Length; i++)
        {
            ref readonly FlowKey key = ref frames[indices[i]].Key;
            shard.Users.PrefetchNext(_users[(uint)i], key.SrcAddrBe, key.Zone);
            shard.Mappings.PrefetchNext(_mappings[(uint)i], in key);
        }

        AskBlocks(frames, indices);
        AskInbound(frames, indices, slots);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _users.Dispose();
        _mappings.Dispose();
        _blocks.Dispose();
    }

    private void AskHeads(ReadOnlySpan<FrameDescriptor> frames, ReadOnlySpan<ushort> indices)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            ref readonly FrameDescriptor frame = ref frames[indices[i]];
            _users[(uint)i] = shard.Users.PrefetchHead(frame.Key.SrcAddrBe, frame.Key.Zone);
            _mappings[(uint)i] = shard.Mappings.PrefetchHead(in frame.Key);
            shard.Flows.PrefetchBucket(frame.Hash);
        }
    }

    private void AskBlocks(ReadOnlySpan<FrameDescriptor> frames, ReadOnlySpan<ushort> indices)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            ref readonly FlowKey key = ref frames[indices[i]].Key;
            uint user = shard.Users.Find(key.SrcAddrBe, key.Zone);
            uint block = user == FlowTable.None ? FlowTable.None : shard.Users[user].FirstBlock;
            _blocks[(uint)i] = block;
            if (user != FlowTable.None)
                shard.Users.PrefetchGate(user);
            if (block != FlowTable.None)
                shard.Blocks.Prefetch(block, key.Protocol);
        }
    }

    // Where the answers of a new flow will be looked up, should it take a port of its subscriber's first block.
    private void AskInbound(ReadOnlySpan<FrameDescriptor> frames, ReadOnlySpan<ushort> indices, ReadOnlySpan<uint> slots)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            ref readonly FlowKey key = ref frames[indices[i]].Key;
            uint block = _blocks[(uint)i];
            if (block == FlowTable.None || slots[indices[i]] != FlowTable.None || key.Side != Side.Lan
                || !shard.Blocks.TryPeekPort(block, key.Protocol, key.SrcPortBe, out ushort portBe))
            {
                continue;
            }

            uint addressBe = shard.Blocks.AddressBe(block);
            var inKey = new FlowKey(key.DstAddrBe, addressBe, key.DstPortBe, portBe, 0, key.Protocol, Side.Wan);
            shard.Flows.PrefetchBucket(shard.Hash.Of(in inKey));
            shard.Mappings.PrefetchExternal(addressBe, portBe, key.Protocol);
        }
    }
}
