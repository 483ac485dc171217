using System.Collections.Concurrent;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Ports.InMemory;

/// <summary>A port with one queue whose wire is memory: frames are fed in, and what is transmitted can be taken out. For tests and benchmarks.</summary>
/// <remarks>
/// The queue belongs to its worker's thread; feeding and taking may happen on any other thread. Receiving allocates nothing, nor does
/// transmitting while <see cref="KeepsSent"/> is off.
/// </remarks>
public sealed class MemoryPort : IPacketPort, IPortQueue
{
    private readonly byte _portIndex;
    private readonly Umem _umem;
    private readonly ChunkPool _pool;
    private readonly ConcurrentQueue<byte[]> _waiting = new();
    private readonly ConcurrentQueue<byte[]> _sent = new();
    private ulong _sentCount;
    private volatile bool _completed;

    /// <summary>Makes a port without frames.</summary>
    /// <param name="name">Name in logs and counters.</param>
    /// <param name="portIndex">Number of the port in the gateway.</param>
    /// <param name="umem">Frame memory.</param>
    /// <param name="pool">The worker's free chunks of that memory.</param>
    public MemoryPort(string name, byte portIndex, Umem umem, ChunkPool pool)
    {
        Name = name;
        _portIndex = portIndex;
        _umem = umem;
        _pool = pool;
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <summary>1.</summary>
    public int QueueCount => 1;

    /// <summary>Whether transmitted frames are kept for <see cref="TryTakeSent"/>, or only counted.</summary>
    public bool KeepsSent { get; init; } = true;

    /// <summary>Most frames that one call of <see cref="Transmit"/> takes: a small number plays a full ring.</summary>
    public int TransmitMax { get; set; } = int.MaxValue;

    /// <summary>Frames transmitted.</summary>
    public ulong SentCount => Volatile.Read(ref _sentCount);

    /// <inheritdoc />
    public bool IsExhausted => _completed && _waiting.IsEmpty;

    /// <inheritdoc />
    public IPortQueue Queue(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(index, 0);
        return this;
    }

    /// <summary>Puts a frame on the wire.</summary>
    /// <param name="frame">An Ethernet frame that fits a chunk. It is not copied until received: do not change it before.</param>
    public void Feed(byte[] frame)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frame.Length, Math.Min(_umem.FrameBytesMax, ushort.MaxValue), nameof(frame));
        _waiting.Enqueue(frame);
    }

    /// <summary>Says that no frame will be fed any more, so that the queue is exhausted once it is empty.</summary>
    public void Complete() => _completed = true;

    /// <summary>Takes the oldest transmitted frame.</summary>
    /// <param name="frame">A copy of the frame.</param>
    public bool TryTakeSent(out byte[] frame) => _sent.TryDequeue(out frame!);

    /// <inheritdoc />
    public int Receive(Span<FrameDescriptor> frames)
    {
        int room = Math.Min(frames.Length, FrameDescriptor.BurstMax);
        int count = 0;
        for (; count < room && !_waiting.IsEmpty && _pool.TryRent(out uint chunkOffset); count++)
        {
            _ = _waiting.TryDequeue(out byte[]? frame); // The queue has one consumer, so what was there still is.
            uint frameOffset = chunkOffset + Umem.HeadroomBytes;
            frame.CopyTo(_umem.Frame(frameOffset, frame!.Length));
            frames[count] = new FrameDescriptor
            {
                FrameOffset = frameOffset,
                LengthBytes = (ushort)frame.Length,
                PortIndex = _portIndex,
            };
        }

        return count;
    }

    /// <inheritdoc />
    public int Transmit(ReadOnlySpan<FrameDescriptor> frames)
    {
        int count = Math.Min(frames.Length, TransmitMax);
        foreach (ref readonly FrameDescriptor frame in frames[..count])
        {
            if (KeepsSent)
                _sent.Enqueue(_umem.Frame(frame.FrameOffset, frame.LengthBytes).ToArray());
            _pool.Return(_umem.ChunkOf(frame.FrameOffset));
        }

        Volatile.Write(ref _sentCount, _sentCount + (uint)count);
        return count;
    }

    /// <summary>Forgets all frames.</summary>
    public void Dispose()
    {
        _waiting.Clear();
        _sent.Clear();
    }
}
