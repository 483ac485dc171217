using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Memory;
using Natflow.Packets.Link;
using Natflow.Ports;

namespace Natflow.Gateway.Flow;

/// <summary>
/// Last stage: puts the link header of its way on what was decided to be forwarded and sends it, frees what was not. Order is kept; what a full
/// ring does not take is dropped and counted.
/// </summary>
/// <remarks>Its worker's thread.</remarks>
public sealed class FrameEmitter
{
    private const int Ipv6HeaderBytes = 40;

    private readonly PathTable _paths;
    private readonly IPathResolver _resolver;
    private readonly IPortQueue[] _egress;
    private readonly IPortQueue? _host;
    private readonly Umem _umem;
    private readonly ChunkPool _pool;
    private readonly ReasonCounters _drops;
    private readonly PendingFrames _pending = new();
    private readonly FrameDescriptor[] _released = new FrameDescriptor[FrameDescriptor.BurstMax];

    /// <summary>Binds a shard's ways to the egress queues of its worker.</summary>
    /// <param name="state">The shard, for its ways and drop counters.</param>
    /// <param name="egress">The worker's queue of each port.</param>
    /// <param name="umem">Where the frames lie.</param>
    /// <param name="pool">The worker's free chunks.</param>
    /// <param name="host">The way back into the kernel; null where there is none.</param>
    public FrameEmitter(ShardState state, IReadOnlyList<IPortQueue> egress, Umem umem, ChunkPool pool, IPortQueue? host = null)
    {
        _paths = state.Paths;
        _resolver = state.Resolver;
        _drops = state.Drops;
        _egress = [.. egress];
        _host = host;
        _umem = umem;
        _pool = pool;
    }

    /// <summary>Sends or frees a burst.</summary>
    /// <param name="frames">Decided frames; nobody's afterwards, but for hairpinned ones, of which the caller has a copy.</param>
    /// <param name="verdicts">One a frame.</param>
    /// <param name="nowMs">Clock, ms.</param>
    public void Emit(Span<FrameDescriptor> frames, ReadOnlySpan<Verdict> verdicts, long nowMs)
    {
        int start = 0;
        int end = 0;
        byte port = 0;
        for (int i = 0; i < frames.Length; i++)
        {
            switch (verdicts[i])
            {
                case Verdict.Forward or Verdict.ForwardUntranslated or Verdict.Reflect:
                    ref PathRecord path = ref _paths[frames[i].PathIndex];
                    if (path.State != PathState.AsIs && !TryPutHeader(ref frames[i], ref path, nowMs))
                        break;
                    if (end != start && path.PortIndex != port)
                    {
                        Transmit(frames[start..end], port);
                        start = end;
                    }

                    port = path.PortIndex;
                    if (end != i)
                        frames[end] = frames[i];
                    end++;
                    break;
                case Verdict.Hairpin or Verdict.Held:
                    break;
                case Verdict.PassToHost when (frames[i].Flags & FrameFlags.HostMissed) != FrameFlags.None && _host is not null:
                    GiveToHost(frames.Slice(i, 1));
                    break;
                default:
                    _pool.Return(_umem.ChunkOf(frames[i].FrameOffset));
                    break;
            }
        }

        if (end != start)
            Transmit(frames[start..end], port);
    }

    /// <summary>Sends frames as they are out of the port that they came in by.</summary>
    /// <param name="frames">Of one port; nobody's afterwards.</param>
    internal void Relay(Span<FrameDescriptor> frames) => Transmit(frames, frames[0].PortIndex);

    /// <summary>Sends or drops the frames that waited for a next hop and need not wait any longer. Call after a way changed, and from time to time.</summary>
    /// <param name="nowMs">Clock, ms.</param>
    public void ReleasePending(long nowMs)
    {
        if (_pending.Count == 0)
            return;
        int count = _pending.Take(_released, _paths, nowMs);
        for (int i = 0; i < count; i++)
        {
            ref PathRecord path = ref _paths[_released[i].PathIndex];
            if (path.State == PathState.Pending)
                Drop(in _released[i], DropReason.NeighbourUnresolved);
            else if (TryPutHeader(ref _released[i], ref path, nowMs))
                Transmit(_released.AsSpan(i, 1), path.PortIndex);
        }
    }

    // False: the frame is dropped, or waits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One store and two adds for each frame of a live gateway.
    private bool TryPutHeader(ref FrameDescriptor frame, ref PathRecord path, long nowMs)
    {
        if (path.State != PathState.Ready)
        {
            Withhold(in frame, in path, nowMs);
            return false;
        }

        // The header is right-aligned and chunks have more headroom than a header has room, so one store ends where the packet begins.
        uint packetOffset = frame.FrameOffset + frame.L3Offset;
        Span<byte> bytes = _umem.Frame(packetOffset - PathRecord.HeaderBytesMax, PathRecord.HeaderBytesMax + 1);
        Vector256.Create<byte>(path.Header).CopyTo(bytes);
        bool isIpv6 = bytes[PathRecord.HeaderBytesMax] >> 4 == 6;
        if (path.IsPppoe)
            PppoeHeader.Finish(bytes[..PathRecord.HeaderBytesMax], isIpv6, PacketBytes(packetOffset, frame.LengthBytes - frame.L3Offset, isIpv6));
        else
            BinaryPrimitives.WriteUInt16BigEndian(bytes[(PathRecord.HeaderBytesMax - 2)..], isIpv6 ? EtherType.Ipv6 : EtherType.Ipv4);

        frame.FrameOffset = packetOffset - path.HeaderBytes;
        frame.LengthBytes = (ushort)(frame.LengthBytes - frame.L3Offset + path.HeaderBytes);
        return true;
    }

    // The packet's own length: what Ethernet padded behind it is no payload of the session (RFC 2516 section 4). 0: a captured segmentation-offload frame, or a jumbogram.
    private int PacketBytes(uint packetOffset, int lengthBytes, bool isIpv6)
    {
        ushort field = BinaryPrimitives.ReadUInt16BigEndian(_umem.Frame(packetOffset + (isIpv6 ? 4u : 2u), sizeof(ushort)));
        return field == 0 ? lengthBytes : Math.Min(lengthBytes, field + (isIpv6 ? Ipv6HeaderBytes : 0));
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // Rare.
    private void Withhold(in FrameDescriptor frame, in PathRecord path, long nowMs)
    {
        if (path.State is PathState.Down)
            Drop(in frame, DropReason.LinkDown);
        else if (path.State is PathState.Free or PathState.Stale)
            Drop(in frame, DropReason.NoRoute);
        else if (_pending.TryAdd(in frame, path.Generation, nowMs))
            _resolver.Ask((ushort)frame.PathIndex); // Bounded by the room that waiting frames have.
        else
            Drop(in frame, DropReason.ResolutionQueueFull);
    }

    private void GiveToHost(Span<FrameDescriptor> frame)
    {
        if (_host!.Transmit(frame) == 0)
            Drop(in frame[0], DropReason.HostRingFull);
    }

    private void Transmit(Span<FrameDescriptor> frames, byte port)
    {
        int sent = _egress[port].Transmit(frames);
        foreach (ref FrameDescriptor frame in frames[sent..])
            Drop(in frame, DropReason.TransmitRingFull);
    }

    private void Drop(in FrameDescriptor frame, DropReason reason)
    {
        _drops.Add(reason);
        _pool.Return(_umem.ChunkOf(frame.FrameOffset));
    }
}
