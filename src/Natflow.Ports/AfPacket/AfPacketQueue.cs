using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Link;

namespace Natflow.Ports.AfPacket;

/// <summary>
/// One packet socket with its two rings. Frames are given out as they would be on a wire: checksums complete, super-frames cut into
/// segments, VLAN tags in place.
/// </summary>
/// <remarks>
/// The worker's thread alone receives and transmits. Receiving and transmitting copy each frame once, allocate nothing and make one system
/// call for each burst that is transmitted, none for one that is received. While no chunk is free, frames stay in the ring.
/// </remarks>
public sealed unsafe class AfPacketQueue : IPortQueue
{
    // Most frames that one call looks at, dropped ones included.
    private const int SeenMax = 2 * FrameDescriptor.BurstMax;

    private readonly BlockRing _receiveRing;
    private readonly TransmitRing _transmitRing;
    private readonly FrameSegmenter _segmenter;
    private readonly AfPacketSocket _socket;
    private readonly Umem _umem;
    private readonly ChunkPool _pool;
    private readonly byte _portIndex;
    private readonly Lock _statisticsLock = new();
    private AfPacketStatistics _statistics;

    internal AfPacketQueue(AfPacketSocket socket, AfPacketSettings settings, byte portIndex, Umem umem, ChunkPool pool)
    {
        _socket = socket;
        _umem = umem;
        _pool = pool;
        _portIndex = portIndex;
        _segmenter = new FrameSegmenter(umem, pool, portIndex);
        _receiveRing = new BlockRing(socket.ReceiveBase, settings.BlockBytes, settings.BlockCount);
        _transmitRing = new TransmitRing(
            socket.TransmitBase, socket.SlotBytes, settings.TransmitSlotCount, socket.Descriptor, umem, pool, Drops);
    }

    /// <summary>False: an interface has no end. While it is down or gone nothing comes, and what is transmitted is counted as lost.</summary>
    public bool IsExhausted => false;

    /// <inheritdoc />
    public int WaitDescriptor => _socket.Descriptor.Number;

    /// <summary>
    /// Frames that this queue had to drop: <see cref="DropReason.Oversize"/> (longer than a chunk or, sent, than the MTU),
    /// <see cref="DropReason.LinkDown"/> (sent while the interface was down), and the reasons why a frame's headers contradict what the
    /// kernel says about it.
    /// </summary>
    public ReasonCounters Drops { get; } = new();

    /// <summary>Frames that the kernel took for sending. Another thread's view may lag.</summary>
    public ulong SentCount => _transmitRing.SentCount;

    internal int MtuBytes
    {
        set => _transmitRing.MtuBytes = value;
    }

    /// <inheritdoc />
    public int Receive(Span<FrameDescriptor> frames)
    {
        _transmitRing.Flush();
        int room = Math.Min(frames.Length, FrameDescriptor.BurstMax);
        int count = 0;
        for (int seen = 0; seen < SeenMax && count < room; seen++)
        {
            PacketHeader* header = _receiveRing.Peek();
            if (header == null || !TryTake(header, frames[count..room], ref count))
                break;
            _receiveRing.Advance();
        }

        return count;
    }

    /// <inheritdoc />
    public int Transmit(ReadOnlySpan<FrameDescriptor> frames) => _transmitRing.Transmit(frames);

    /// <summary>Asks the kernel what it counted. Any thread; a system call.</summary>
    public AfPacketStatistics ReadStatistics()
    {
        // The kernel starts from zero at each reading, so two readers must not share one.
        lock (_statisticsLock)
        {
            AfPacketStatistics delta = _socket.TakeStatistics();
            _statistics = new AfPacketStatistics(
                _statistics.SeenCount + delta.SeenCount, _statistics.LostCount + delta.LostCount, _statistics.FreezeCount + delta.FreezeCount);
            return _statistics;
        }
    }

    internal void Close()
    {
        _socket.Dispose();
        Drops.Dispose();
    }

    // False where the frame, or the rest of it, has to wait in the ring for a chunk or for room.
    private bool TryTake(PacketHeader* header, Span<FrameDescriptor> room, ref int count)
    {
        byte* frame = (byte*)header + header->FrameOffset;
        ref readonly SegmentationHeader segmentation =
            ref *(SegmentationHeader*)(frame - SegmentationHeader.SizeBytes);
        if (segmentation.IsSuperFrame)
            return TryTakeSuperFrame(header, frame, segmentation, room, ref count);

        VlanRestore vlan = VlanRestore.Of(*header);
        int lengthBytes = (int)header->LengthBytes + vlan.GrowthBytes;
        DropReason reason = Judge(header, lengthBytes);
        if (reason != DropReason.None)
        {
            Drops.Add(reason);
            return true;
        }

        if (!_pool.TryRent(out uint chunkOffset))
            return false;
        uint frameOffset = chunkOffset + Umem.HeadroomBytes;
        Span<byte> target = _umem.Frame(frameOffset, lengthBytes);
        vlan.Copy(new ReadOnlySpan<byte>(frame, (int)header->LengthBytes), target);
        if (segmentation.NeedsChecksum && !TryComplete(target, segmentation, vlan.GrowthBytes))
        {
            _pool.Return(chunkOffset);
            Drops.Add(DropReason.BadHeader);
            return true;
        }

        room[0] = new FrameDescriptor { FrameOffset = frameOffset, LengthBytes = (ushort)lengthBytes, PortIndex = _portIndex };
        count++;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // Rare, and keeps the loop small.
    private bool TryTakeSuperFrame(
        PacketHeader* header, byte* frame, in SegmentationHeader segmentation, Span<FrameDescriptor> room, ref int count)
    {
        if (!_segmenter.IsActive)
        {
            DropReason reason = header->PresentBytes != header->LengthBytes
                ? DropReason.Oversize
                : _segmenter.TryBegin(frame, (int)header->LengthBytes, segmentation, VlanRestore.Of(*header));
            if (reason != DropReason.None)
            {
                Drops.Add(reason);
                return true;
            }
        }

        count += _segmenter.Emit(room);
        return !_segmenter.IsActive;
    }

    private DropReason Judge(PacketHeader* header, int lengthBytes)
    {
        if (header->PresentBytes != header->LengthBytes || lengthBytes > Math.Min(_umem.FrameBytesMax, ushort.MaxValue))
            return DropReason.Oversize;
        return header->LengthBytes < LinkHeader.EthernetBytes ? DropReason.Truncated : DropReason.None;
    }

    // The field holds the sum of the pseudo header, so it takes part in the sum like any other word; a result of zero is sent as its other
    // form, which means the same and for UDP does not mean "none" (RFC 768).
    private static bool TryComplete(Span<byte> frame, in SegmentationHeader segmentation, int growthBytes)
    {
        int start = segmentation.ChecksumStart + growthBytes;
        int field = start + segmentation.ChecksumOffset;
        if (field + sizeof(ushort) > frame.Length)
            return false;
        ushort checksum = Checksum.Compute(frame[start..]);
        MemoryMarshal.Write(frame[field..], checksum == 0 ? ushort.MaxValue : checksum);
        return true;
    }
}
