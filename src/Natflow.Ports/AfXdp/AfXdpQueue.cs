using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Ports.AfXdp;

/// <summary>One AF_XDP socket as a queue. Its worker's thread alone, but for reading counters.</summary>
/// <remarks>
/// Chunks: the fill ring holds chunks of the worker's pool that wait for frames; a small rest stays in the pool for packets that the
/// worker makes itself. Frames of any port over the same memory can be sent.
/// </remarks>
public sealed unsafe class AfXdpQueue : IPortQueue, IDisposable
{
    private const uint RefillBatch = 32;
    private const int PoolReserveMax = 64;
    private const int PoolReserveShare = 8; // Of the pool's chunks, one in so many.

    private readonly XskSocket _socket;
    private readonly Umem _umem;
    private readonly ChunkPool _pool;
    private readonly int _socketFd;
    private readonly int _poolReserve;
    private readonly int _kicksMax;
    private readonly byte _portIndex;
    private XskRing _receive;
    private XskRing _transmit;
    private XskRing _fill;
    private XskRing _completion;
    private ulong _receivedCount;
    private ulong _transmittedCount;
    private ulong _systemCallCount;
    private ulong _poolEmptyCount;
    private ulong _completedChecksumCount;
    private bool _isDisposed;

    internal AfXdpQueue(XskSocket socket, AfXdpQueueMode mode, Umem umem, ChunkPool pool, byte portIndex)
    {
        _socket = socket;
        _socketFd = socket.Descriptor.Number;
        _receive = socket.Receive;
        _transmit = socket.Transmit;
        _fill = socket.Fill;
        _completion = socket.Completion;
        _umem = umem;
        _pool = pool;
        _portIndex = portIndex;
        _poolReserve = Math.Min(pool.Available / PoolReserveShare, PoolReserveMax);
        // In copy mode a call sends a budget of frames at most; without a copy it only wakes the driver.
        _kicksMax = mode.IsZeroCopy ? 1 : (mode.RingSize / mode.TransmitBudget) + 1;
        Mode = mode;
        Refill();
    }

    /// <summary>How the queue really runs.</summary>
    public AfXdpQueueMode Mode { get; }

    /// <summary>False: an interface may always bring another frame.</summary>
    public bool IsExhausted => false;

    /// <inheritdoc />
    public int WaitDescriptor => _socket.Descriptor.Number;

    /// <summary>Frames received.</summary>
    public ulong ReceivedCount => Volatile.Read(ref _receivedCount);

    /// <summary>Frames taken for sending.</summary>
    public ulong TransmittedCount => Volatile.Read(ref _transmittedCount);

    /// <summary>Whether the kernel has taken all frames given for sending.</summary>
    public bool IsTransmitIdle => _transmit.PendingCount == 0;

    /// <summary>System calls made to wake the kernel.</summary>
    public ulong SystemCallCount => Volatile.Read(ref _systemCallCount);

    /// <summary>Times the worker's pool had no chunk for the fill ring: it is too small, or chunks are held elsewhere.</summary>
    public ulong PoolEmptyCount => Volatile.Read(ref _poolEmptyCount);

    /// <summary>Frames whose unfinished checksum was finished.</summary>
    public ulong CompletedChecksumCount => Volatile.Read(ref _completedChecksumCount);

    /// <summary>The kernel's counters; any thread, until disposal.</summary>
    public AfXdpStatistics ReadStatistics() => _socket.ReadStatistics();

    /// <inheritdoc />
    public int Receive(Span<FrameDescriptor> frames)
    {
        ReclaimSent();
        uint count = _receive.ReadyCount((uint)Math.Min(frames.Length, FrameDescriptor.BurstMax));
        for (uint i = 0; i < count; i++)
        {
            ref XskNative.Descriptor received = ref _receive.Descriptor(i);
            frames[(int)i] = new FrameDescriptor
            {
                FrameOffset = (uint)received.Address,
                LengthBytes = (ushort)received.LengthBytes,
                PortIndex = _portIndex,
            };
        }

        if (count != 0)
        {
            _receive.Release(count);
            _receivedCount += count;
            if (Mode.CompletesChecksums)
                CompleteChecksums(frames[..(int)count]);
        }

        Refill();
        WakeForReceive(isIdle: count == 0);
        return (int)count;
    }

    /// <inheritdoc />
    public int Transmit(ReadOnlySpan<FrameDescriptor> frames)
    {
        // The kernel sends no more than has room in the completion ring.
        ReclaimSent();
        uint count = _transmit.FreeCount((uint)frames.Length);
        if (count < (uint)frames.Length)
        {
            Kick();
            ReclaimSent();
            count = _transmit.FreeCount((uint)frames.Length);
        }

        for (uint i = 0; i < count; i++)
        {
            ref readonly FrameDescriptor frame = ref frames[(int)i];
            _transmit.Descriptor(i) = new XskNative.Descriptor { Address = frame.FrameOffset, LengthBytes = frame.LengthBytes };
        }

        if (count == 0)
            return 0;
        _transmit.Publish(count);
        _transmittedCount += count;
        Kick();
        return (int)count;
    }

    /// <summary>Closes the socket and gives the chunks in its rings back to the pool. The worker must have stopped, or call this itself.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _socket.Close();
        ReclaimSent();
        for (uint count; (count = _receive.ReadyCount(uint.MaxValue)) != 0; _receive.Release(count))
        {
            for (uint i = 0; i < count; i++)
                _pool.Return(_umem.ChunkOf((uint)_receive.Descriptor(i).Address));
        }

        _transmit.Rewind();
        for (uint count = _transmit.ReadyCount(uint.MaxValue), i = 0; i < count; i++)
            _pool.Return(_umem.ChunkOf((uint)_transmit.Descriptor(i).Address));
        _fill.Rewind();
        for (uint count = _fill.ReadyCount(uint.MaxValue), i = 0; i < count; i++)
            _pool.Return(_umem.ChunkOf((uint)_fill.Chunk(i)));
        _socket.Dispose();
    }

    private void ReclaimSent()
    {
        uint count = _completion.ReadyCount(uint.MaxValue);
        if (count == 0)
            return;
        for (uint i = 0; i < count; i++)
            _pool.Return(_umem.ChunkOf((uint)_completion.Chunk(i)));
        _completion.Release(count);
    }

    private void Refill()
    {
        uint free = _fill.FreeCount(uint.MaxValue);
        if (free < RefillBatch)
            return;
        uint count = (uint)Math.Clamp(_pool.Available - _poolReserve, 0, (int)free);
        if (count == 0)
        {
            _poolEmptyCount++;
            return;
        }

        for (uint i = 0; i < count; i++)
        {
            _ = _pool.TryRent(out uint chunkOffset); // Counted above: the pool has one owner.
            _fill.Chunk(i) = chunkOffset;
        }

        _fill.Publish(count);
    }

    private void CompleteChecksums(ReadOnlySpan<FrameDescriptor> frames)
    {
        foreach (ref readonly FrameDescriptor frame in frames)
            _umem.Prefetch(frame.FrameOffset);
        foreach (ref readonly FrameDescriptor frame in frames)
        {
            if (PartialChecksum.TryComplete(_umem.Frame(frame.FrameOffset, frame.LengthBytes)))
                _completedChecksumCount++;
        }
    }

    private void WakeForReceive(bool isIdle)
    {
        if (_transmit.PendingCount != 0)
            Kick();
        if (_fill.NeedsWakeup || (isIdle && Mode.IsBusyPolled))
        {
            _systemCallCount++;
            _ = SocketNative.ReceiveFrom(_socketFd, null, 0, SocketNative.SendDontWait, null, null);
        }
    }

    // Bounded, and ended by the first call that moves nothing: a full device queue or an interface that is down is tried again at the
    // next turn, not here.
    private void Kick()
    {
        uint pending = _transmit.PendingCount;
        for (int kick = 0; kick < _kicksMax && pending != 0; kick++)
        {
            if (Mode.UsesNeedWakeup && !_transmit.NeedsWakeup)
                return;
            _systemCallCount++;
            _ = SocketNative.SendTo(_socketFd, null, 0, SocketNative.SendDontWait, null, 0);
            uint left = _transmit.PendingCount;
            if (left == pending)
                return;
            pending = left;
        }
    }
}
