using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Memory;
using Natflow.Packets.Link;

namespace Natflow.Ports.AfPacket;

/// <summary>
/// The transmit ring of TPACKET_V3: slots that are filled in order and sent by one system call a burst. The kernel frees a slot when the
/// driver has let go of the frame. One thread.
/// </summary>
internal sealed unsafe class TransmitRing
{
    /// <summary>How long frames that the kernel refuses are tried again, ms: a queue that is full for longer, or a link without a carrier, loses them.</summary>
    internal const int WaitMs = 100;

    private const uint StatusAvailable = 0;
    private const uint StatusSendRequest = 1;
    private const int FrameOffset = PacketHeader.SizeBytes + SegmentationHeader.SizeBytes;

    private readonly byte* _base;
    private readonly int _slotBytes;
    private readonly uint _slotMask;
    private readonly int _socket;
    private readonly Umem _umem;
    private readonly ChunkPool _pool;
    private readonly ReasonCounters _drops;
    private uint _next;
    private int _unsentCount;
    private long _refusedSinceMs; // 0 while none is refused.

    internal TransmitRing(
        byte* ringBase, int slotBytes, int slotCount, FileDescriptor socket, Umem umem, ChunkPool pool, ReasonCounters drops)
    {
        _base = ringBase;
        _slotBytes = slotBytes;
        _slotMask = (uint)slotCount - 1;
        _socket = socket.Number;
        _umem = umem;
        _pool = pool;
        _drops = drops;
    }

    /// <summary>Longest IP packet that the interface sends, in bytes. May be set by another thread.</summary>
    internal int MtuBytes { get; set; }

    /// <summary>Frames that the kernel took.</summary>
    internal ulong SentCount { get; private set; }

    /// <summary>Size of a slot for frames of a length: a power of two, so that slots fill their blocks.</summary>
    internal static int SlotBytesFor(int frameBytesMax) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(FrameOffset + frameBytesMax));

    /// <summary>Copies frames into free slots, frees their chunks and sends. Frames that cannot be sent at all are taken and counted.</summary>
    /// <returns>How many were taken; the rest found no free slot.</returns>
    internal int Transmit(ReadOnlySpan<FrameDescriptor> frames)
    {
        if (_refusedSinceMs != 0)
            Flush(); // What waited too long goes alone.
        int mtuBytes = MtuBytes;
        int taken = 0;
        for (; taken < frames.Length; taken++)
        {
            ReadOnlySpan<byte> bytes = _umem.Frame(frames[taken].FrameOffset, frames[taken].LengthBytes);
            DropReason reason = Judge(bytes, mtuBytes);
            if (reason != DropReason.None)
                _drops.Add(reason);
            else if (!TryFill(bytes))
                break;
            _pool.Return(_umem.ChunkOf(frames[taken].FrameOffset));
        }

        Flush();
        return taken;
    }

    /// <summary>
    /// Asks the kernel to send what is filled. A congested driver leaves frames in their slots, to be tried at the next call, for <see cref="WaitMs"/> at most;
    /// an interface that is down, or without a carrier for that long, loses them, counted as <see cref="DropReason.LinkDown"/>: no stale frame leaves when it comes up.
    /// </summary>
    internal void Flush()
    {
        if (_unsentCount == 0)
            return;
        if (_refusedSinceMs != 0 && Environment.TickCount64 - _refusedSinceMs > WaitMs)
            DropUnsent();
        else
            Send();
    }

    private DropReason Judge(ReadOnlySpan<byte> frame, int mtuBytes)
    {
        if (frame.Length <= LinkHeader.EthernetBytes)
            return DropReason.Truncated;
        // One tag of a length that every interface lets pass beyond its MTU; the kernel's own rule.
        bool isTagged = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) == EtherType.Vlan;
        int lengthMax = Math.Min(mtuBytes + LinkHeader.EthernetBytes + (isTagged ? VlanTag.SizeBytes : 0), _slotBytes - FrameOffset);
        return frame.Length > lengthMax ? DropReason.Oversize : DropReason.None;
    }

    private bool TryFill(ReadOnlySpan<byte> frame)
    {
        PacketHeader* slot = Slot(_next);
        if (Volatile.Read(ref slot->Status) != StatusAvailable)
            return false;

        // The segmentation header stays zero since the ring was mapped: nothing is left to the driver.
        frame.CopyTo(new Span<byte>((byte*)slot + FrameOffset, frame.Length));
        slot->NextOffset = 0;
        slot->LengthBytes = (uint)(SegmentationHeader.SizeBytes + frame.Length);
        Volatile.Write(ref slot->Status, StatusSendRequest);
        _next++;
        _unsentCount++;
        return true;
    }

    // An error of the past, such as an interface that was down for a moment, is reported once to the next call: so a second one decides.
    private void Send()
    {
        for (int attempt = 0; attempt < 2; attempt++)
        {
            if (SocketNative.SendTo(_socket, null, 0, SocketNative.SendDontWait, null, 0) >= 0)
            {
                SentCount += (uint)_unsentCount;
                _unsentCount = 0;
                _refusedSinceMs = 0;
                return;
            }

            if (Marshal.GetLastPInvokeError() is Errno.Again or Errno.NoBuffers or Errno.Interrupted)
            {
                Refused();
                return;
            }
        }

        DropUnsent();
    }

    // The time is that of the oldest frame at the head: where frames go, if slowly, none waits for long.
    private void Refused()
    {
        bool hasProgress = false;
        while (_unsentCount != 0 && Volatile.Read(ref Slot(_next - (uint)_unsentCount)->Status) != StatusSendRequest)
        {
            SentCount++;
            _unsentCount--;
            hasProgress = true;
        }

        if (hasProgress || _refusedSinceMs == 0)
            _refusedSinceMs = Environment.TickCount64;
    }

    private PacketHeader* Slot(uint number) => (PacketHeader*)(_base + ((nint)(number & _slotMask) * _slotBytes));

    // What the kernel did not take lies at the end: it takes slots in order and marks those it took.
    private void DropUnsent()
    {
        int dropCount = 0;
        for (; dropCount < _unsentCount; dropCount++)
        {
            PacketHeader* slot = Slot(_next - 1);
            if (Volatile.Read(ref slot->Status) != StatusSendRequest)
                break;
            Volatile.Write(ref slot->Status, StatusAvailable);
            _next--;
        }

        SentCount += (uint)(_unsentCount - dropCount);
        _drops.Add(DropReason.LinkDown, dropCount);
        _unsentCount = 0;
        _refusedSinceMs = 0;
    }
}
