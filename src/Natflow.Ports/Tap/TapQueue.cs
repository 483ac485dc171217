using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Ports.Tap;

/// <summary>A queue of a <see cref="TapPort"/>: one system call a frame, straight into and out of the chunk.</summary>
public sealed unsafe class TapQueue : IPortQueue
{
    // What of a frame does not fit the chunk goes here: that it is not empty afterwards tells that the frame was too long.
    private const int SpillBytes = 64;

    private readonly int _fd;
    private readonly byte _portIndex;
    private readonly Umem _umem;
    private readonly ChunkPool _pool;

    internal TapQueue(int fd, byte portIndex, Umem umem, ChunkPool pool)
    {
        _fd = fd;
        _portIndex = portIndex;
        _umem = umem;
        _pool = pool;
    }

    /// <summary>False: an interface has no end.</summary>
    public bool IsExhausted => false;

    /// <summary>
    /// Frames that this queue had to drop: <see cref="DropReason.Oversize"/> (longer than a chunk), <see cref="DropReason.LinkDown"/> (sent
    /// while the interface was down), <see cref="DropReason.BadHeader"/> (sent, but no Ethernet frame for the kernel).
    /// </summary>
    public ReasonCounters Drops { get; } = new();

    /// <inheritdoc />
    public int Receive(Span<FrameDescriptor> frames)
    {
        int room = Math.Min(frames.Length, FrameDescriptor.BurstMax);
        int count = 0;
        for (int seen = 0; seen < FrameDescriptor.BurstMax && count < room && _pool.TryRent(out uint chunkOffset); seen++)
        {
            uint frameOffset = chunkOffset + Umem.HeadroomBytes;
            nint lengthBytes = Read(frameOffset);
            int lengthMax = Math.Min(_umem.FrameBytesMax, ushort.MaxValue);
            if (lengthBytes > 0 && lengthBytes <= lengthMax)
            {
                frames[count++] = new FrameDescriptor
                {
                    FrameOffset = frameOffset,
                    LengthBytes = (ushort)lengthBytes,
                    PortIndex = _portIndex,
                };
                continue;
            }

            _pool.Return(chunkOffset);
            if (lengthBytes <= 0)
                break; // Nothing waits, or the interface is down.
            Drops.Add(DropReason.Oversize);
        }

        return count;
    }

    /// <inheritdoc />
    public int Transmit(ReadOnlySpan<FrameDescriptor> frames)
    {
        int taken = 0;
        for (; taken < frames.Length; taken++)
        {
            ref readonly FrameDescriptor frame = ref frames[taken];
            if (SocketNative.Write(_fd, _umem.Base + frame.FrameOffset, frame.LengthBytes) < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno is Errno.Again or Errno.NoBuffers or Errno.Interrupted)
                    break;
                Drops.Add(errno == Errno.InputOutput ? DropReason.LinkDown : DropReason.BadHeader);
            }

            _pool.Return(_umem.ChunkOf(frame.FrameOffset));
        }

        return taken;
    }

    private nint Read(uint frameOffset)
    {
        byte* spill = stackalloc byte[SpillBytes];
        SocketNative.IoVector* vectors = stackalloc SocketNative.IoVector[2];
        vectors[0] = new SocketNative.IoVector
        {
            Base = _umem.Base + frameOffset,
            LengthBytes = (nuint)Math.Min(_umem.FrameBytesMax, ushort.MaxValue),
        };
        vectors[1] = new SocketNative.IoVector { Base = spill, LengthBytes = SpillBytes };
        return SocketNative.ReadVector(_fd, vectors, 2);
    }
}
