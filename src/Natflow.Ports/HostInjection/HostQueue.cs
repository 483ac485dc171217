using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Ports.HostInjection;

/// <summary>A worker's end of a <see cref="HostPort"/>. Never blocks and takes every frame: one that the kernel refuses is counted.</summary>
public sealed unsafe class HostQueue : IPortQueue
{
    private readonly int _fd;
    private readonly Umem _umem;
    private readonly ChunkPool _pool;
    private ulong _injectedCount;

    internal HostQueue(int fd, Umem umem, ChunkPool pool)
    {
        _fd = fd;
        _umem = umem;
        _pool = pool;
    }

    /// <summary>False: the kernel may always be given another packet.</summary>
    public bool IsExhausted => false;

    /// <summary>
    /// Packets that the kernel did not get: <see cref="DropReason.HostRingFull"/> (its sockets did not keep up),
    /// <see cref="DropReason.LinkDown"/> (the interface was brought down), <see cref="DropReason.UnsupportedProtocol"/> (no IP packet),
    /// <see cref="DropReason.BadHeader"/> (refused as malformed).
    /// </summary>
    public ReasonCounters Drops { get; } = new();

    /// <summary>Packets that the kernel took. Another thread's view may lag.</summary>
    public ulong InjectedCount => Volatile.Read(ref _injectedCount);

    /// <summary>Receives nothing: this port leads one way.</summary>
    /// <returns>0.</returns>
    public int Receive(Span<FrameDescriptor> frames) => 0;

    /// <summary>Gives packets to the kernel's IP stack, one system call each.</summary>
    /// <param name="frames">Parsed frames: beside offset and length, <see cref="FrameDescriptor.L3Offset"/> is read.</param>
    /// <returns>All of them.</returns>
    public int Transmit(ReadOnlySpan<FrameDescriptor> frames)
    {
        foreach (ref readonly FrameDescriptor frame in frames)
        {
            DropReason reason = Inject(frame);
            if (reason == DropReason.None)
                Volatile.Write(ref _injectedCount, _injectedCount + 1);
            else
                Drops.Add(reason);
            _pool.Return(_umem.ChunkOf(frame.FrameOffset));
        }

        return frames.Length;
    }

    private DropReason Inject(in FrameDescriptor frame)
    {
        int lengthBytes = frame.LengthBytes - frame.L3Offset;
        byte* packet = _umem.Base + frame.FrameOffset + frame.L3Offset;
        if (frame.L3Offset == 0 || lengthBytes <= 0 || *packet >> 4 is not (4 or 6))
            return DropReason.UnsupportedProtocol;
        if (SocketNative.Write(_fd, packet, (nuint)lengthBytes) >= 0)
            return DropReason.None;
        return Marshal.GetLastPInvokeError() switch
        {
            Errno.Again or Errno.NoBuffers or Errno.NoMemory or Errno.Interrupted => DropReason.HostRingFull,
            Errno.InputOutput => DropReason.LinkDown,
            _ => DropReason.BadHeader,
        };
    }
}
