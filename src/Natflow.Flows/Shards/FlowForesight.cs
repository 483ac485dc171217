using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows.Shards;

/// <summary>
/// Asks the cache for what the frames of the slow path will touch, all of a group before the first of them is decided: a storm of new flows is bound by memory, and each
/// line that nobody asked for is waited for alone.
/// </summary>
/// <remarks>Owner thread only; changes nothing but the draw of ports.</remarks>
internal sealed class FlowForesight(ShardState shard, Umem umem) : IDisposable
{
    /// <summary>Frames of a group: as many as keep memory busy, and few enough that what was asked for is still there when it is used.</summary>
    internal const int GroupMax = 64;

    private readonly NativeArray<ushort> _opening = new(GroupMax);
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
        ReadOnlySpan<ushort> opening = AskKnown(frames, indices, slots);
        AskHeads(frames, opening);
        for (int i = 0; i < opening.Length; i++)
        {
            shard.Users.Foresight.Chain(_users[(uint)i]);
            shard.Mappings.PrefetchChain(_mappings[(uint)i]);
        }

        for (int i = 0; i < opening.Length; i++)
        {
            ref readonly FlowKey key = ref frames[opening[i]].Key;
            shard.Users.Foresight.Next(_users[(uint)i], key.SrcAddrBe, key.Zone);
            shard.Mappings.PrefetchNext(_mappings[(uint)i], in key);
        }

        AskBlocks(frames, opening);
        AskInbound(frames, opening);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _opening.Dispose();
        _users.Dispose();
        _mappings.Dispose();
        _blocks.Dispose();
    }

    // The headers of all, which a full burst has driven out of the cache by now; of a flow that is there its subscriber. The others may open one.
    private ReadOnlySpan<ushort> AskKnown(ReadOnlySpan<FrameDescriptor> frames, ReadOnlySpan<ushort> indices, ReadOnlySpan<uint> slots)
    {
        uint count = 0;
        foreach (ushort index in indices)
        {
            ref readonly FrameDescriptor frame = ref frames[index];
            umem.Prefetch(frame.FrameOffset);
            shard.Flows.PrefetchBucket(frame.Hash);
            if (slots[index] == FlowTable.None)
                _opening[count++] = index;
            else
                shard.Users.Foresight.User(shard.Flows.Flow(slots[index] >> 1).UserIndex);
        }

        return _opening.Span[..(int)count];
    }

    private void AskHeads(ReadOnlySpan<FrameDescriptor> frames, ReadOnlySpan<ushort> opening)
    {
        for (int i = 0; i < opening.Length; i++)
        {
            ref readonly FlowKey key = ref frames[opening[i]].Key;
            _users[(uint)i] = shard.Users.Foresight.Head(key.SrcAddrBe, key.Zone);
            _mappings[(uint)i] = shard.Mappings.PrefetchHead(in key);
        }
    }

    private void AskBlocks(ReadOnlySpan<FrameDescriptor> frames, ReadOnlySpan<ushort> opening)
    {
        for (int i = 0; i < opening.Length; i++)
        {
            ref readonly FlowKey key = ref frames[opening[i]].Key;
            uint user = shard.Users.Find(key.SrcAddrBe, key.Zone);
            uint block = user == FlowTable.None ? FlowTable.None : shard.Users[user].FirstBlock;
            _blocks[(uint)i] = block;
            if (user != FlowTable.None)
                shard.Users.Foresight.Gate(user);
            if (block != FlowTable.None)
                shard.Blocks.Prefetch(block, key.Protocol);
        }
    }

    // Where the answers of a new flow will be looked up, should it take a port of its subscriber's first block.
    private void AskInbound(ReadOnlySpan<FrameDescriptor> frames, ReadOnlySpan<ushort> opening)
    {
        for (int i = 0; i < opening.Length; i++)
        {
            ref readonly FlowKey key = ref frames[opening[i]].Key;
            uint block = _blocks[(uint)i];
            if (block == FlowTable.None || key.Side != Side.Lan
                || !shard.Blocks.TryPeekPort(block, key.Protocol, key.SrcPortBe, out ushort portBe))
            {
                continue;
            }

            uint addressBe = shard.Blocks.AddressBe(block);
            var inKey = FlowKey.Of(key.DstAddrBe, addressBe, key.DstPortBe, portBe, 0, key.Protocol, Side.Wan);
            shard.Flows.PrefetchBucket(shard.Hash.Of(in inKey));
            shard.Mappings.PrefetchExternal(addressBe, portBe, key.Protocol);
        }
    }
}
