using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Fragments;
using Natflow.Gateway.Flow;
using Natflow.Memory;

namespace Natflow.Gateway.Rx;

/// <summary>
/// Sorts a parsed burst by shard and brings each part to its owner. What a full ring does not take is dropped here, and counted. Only a fragment
/// from outside that came before the first of its datagram waits, for nobody knows yet whose it is (RFC 4787 REQ-14).
/// </summary>
/// <remarks>One thread: the RX actor's, or a flow actor's for its hairpinned frames. Frames of one flow keep their order.</remarks>
public sealed class ShardDispatch : IDisposable
{
    private const int ShardsMax = 256;

    private readonly ShardLink[] _links;
    private readonly ShardRouter _router;
    private readonly Umem _umem;
    private readonly ChunkPool _pool;
    private readonly ReasonCounters _drops;
    private readonly HeldFragments _held;
    private readonly NativeArray<FrameDescriptor> _released = new(FrameDescriptor.BurstMax);
    private readonly NativeArray<FrameDescriptor> _sorted = new(FrameDescriptor.BurstMax);
    private readonly byte[] _shards = new byte[FrameDescriptor.BurstMax];
    private readonly int[] _ends;
    private readonly FlowStage? _only;
    private int _releasedCount;

    /// <summary>Makes a dispatcher.</summary>
    /// <param name="links">The way to each shard, at most 256.</param>
    /// <param name="router">Owned by this.</param>
    /// <param name="umem">Where the frames lie.</param>
    /// <param name="pool">The thread's free chunks: takes those of dropped frames.</param>
    /// <param name="drops">Counts what is dropped here.</param>
    /// <param name="held">Fragments that wait here, each with its chunk; owned by this.</param>
    public ShardDispatch(IReadOnlyList<ShardLink> links, ShardRouter router, Umem umem, ChunkPool pool, ReasonCounters drops, HeldFragments held)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(links.Count, ShardsMax, nameof(links));
        _links = [.. links];
        _router = router;
        _umem = umem;
        _pool = pool;
        _drops = drops;
        _held = held;
        _ends = new int[links.Count];
        _only = links.Count == 1 ? links[0].Local : null;
    }

    /// <summary>Takes back chunks that other workers paid for handed-off frames, and gives up fragments that waited in vain. Call before receiving.</summary>
    /// <param name="nowMs">Clock, ms.</param>
    public void Reclaim(long nowMs)
    {
        while (_held.Count != 0 && _held.TryTakeExpired(nowMs, out FrameDescriptor fragment))
            Drop(in fragment, DropReason.FragmentUnknown);
        foreach (ref readonly ShardLink link in _links.AsSpan())
            link.Ring?.Reclaim(_pool);
    }

    /// <summary>Brings each frame to its shard.</summary>
    /// <param name="frames">Parsed, at most a burst; nobody's afterwards.</param>
    /// <param name="nowMs">Clock, ms.</param>
    public void Dispatch(Span<FrameDescriptor> frames, long nowMs)
    {
        if (_only is { } only)
        {
            only.Accept(frames, nowMs);
            return;
        }

        Deal(frames, nowMs);
        if (_releasedCount == 0)
            return;
        Span<FrameDescriptor> released = _released.Span[.._releasedCount];
        _releasedCount = 0;
        Deal(released, nowMs); // Not one of them is a first fragment, so this releases no more.
    }

    private void Deal(Span<FrameDescriptor> frames, long nowMs)
    {
        if (frames.Length == 0)
            return;
        int kept = frames.Length;
        if (!_router.TryRoutePlain(frames, _shards, out bool haveOneOwner))
        {
            kept = Route(frames, nowMs);
            if (kept == 0)
                return;
            haveOneOwner = !_shards.AsSpan(0, kept).ContainsAnyExcept(_shards[0]);
        }

        if (haveOneOwner)
        {
            Deliver(in _links[_shards[0]], frames[..kept], nowMs); // As from a NIC that steers by subscriber.
            return;
        }

        Sort(frames[..kept]);
        int start = 0;
        for (int shard = 0; shard < _links.Length; shard++)
        {
            int end = _ends[shard];
            if (end != start)
                Deliver(in _links[shard], _sorted.Span[start..end], nowMs);
            start = end;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _router.Dispose();
        _held.Dispose();
        _released.Dispose();
        _sorted.Dispose();
    }

    // Also closes the gaps that dropped frames leave.
    private int Route(Span<FrameDescriptor> frames, long nowMs)
    {
        int kept = 0;
        for (int i = 0; i < frames.Length; i++)
        {
            ref FrameDescriptor frame = ref frames[i];
            DropReason reason = _router.TryRoute(ref frame, nowMs, out int shard);
            if (frame.Kind == PacketKind.Fragment && frame.Key.Side == Side.Wan)
                reason = HoldOrRelease(in frame, reason, nowMs);
            if (reason != DropReason.None)
            {
                if (reason != DropReason.FragmentUnknown)
                    Drop(in frame, reason);
                continue;
            }

            _shards[kept] = (byte)shard;
            if (kept != i)
                frames[kept] = frame;
            kept++;
        }

        return kept;
    }

    // An unknown fragment that is kept stays FragmentUnknown: it is not dropped now. A first fragment lets those that waited for it go.
    private DropReason HoldOrRelease(ref readonly FrameDescriptor frame, DropReason reason, long nowMs)
    {
        ushort identificationBe = MemoryMarshal.Read<ushort>(_umem.Frame(frame.FrameOffset, frame.LengthBytes)[(frame.L3Offset + 4)..]);
        if (reason == DropReason.FragmentUnknown)
            return _held.TryHold(in frame, identificationBe, nowMs) ? reason : DropReason.FragmentTableFull;
        while (reason == DropReason.None && _held.Count != 0 && _releasedCount < FrameDescriptor.BurstMax
               && _held.TryTake(in frame.Key, identificationBe, out FrameDescriptor held))
        {
            _released[(uint)_releasedCount++] = held;
        }

        return reason;
    }

    // Counting sort; afterwards _ends says where each shard's part ends.
    private void Sort(Span<FrameDescriptor> frames)
    {
        Array.Clear(_ends);
        for (int i = 0; i < frames.Length; i++)
            _ends[_shards[i]]++;
        int start = 0;
        for (int shard = 0; shard < _ends.Length; shard++)
        {
            int count = _ends[shard];
            _ends[shard] = start;
            start += count;
        }

        Span<FrameDescriptor> sorted = _sorted.Span;
        for (int i = 0; i < frames.Length; i++)
            sorted[_ends[_shards[i]]++] = frames[i];
    }

    private void Deliver(ref readonly ShardLink link, Span<FrameDescriptor> frames, long nowMs)
    {
        if (link.Local is { } local)
        {
            local.Accept(frames, nowMs);
            return;
        }

        int taken = link.Ring!.Give(frames);
        foreach (ref FrameDescriptor frame in frames[taken..])
            Drop(in frame, DropReason.HandoffRingFull);
    }

    private void Drop(ref readonly FrameDescriptor frame, DropReason reason)
    {
        _drops.Add(reason);
        _pool.Return(_umem.ChunkOf(frame.FrameOffset));
    }
}
