using Natflow.Memory;

namespace Natflow.Gateway.Replication;

/// <summary>
/// Buffers of records on their way from a shard's thread to whoever sends them. Bounded: while all are under way the shard sweeps no further, and what it has
/// to tell waits in its tables.
/// </summary>
/// <remarks>One producer, the shard's thread; one consumer, any other.</remarks>
public sealed class ReplicationLink : IDisposable
{
    /// <summary>Length of a buffer.</summary>
    public const int BufferBytes = 64 * 1024;

    private const int BufferCount = 16;

    private readonly byte[][] _buffers = [.. Enumerable.Range(0, BufferCount).Select(static _ => new byte[BufferBytes])];
    private readonly SpscRing<int> _free = new(BufferCount);
    private readonly SpscRing<ReplicationChunk> _full = new(BufferCount);
    private readonly Action? _onSent;
    private int _current = -1;
    private long _stallCount;

    /// <summary>All buffers free.</summary>
    /// <param name="onSent">Told by the producer when there is a buffer to take; returns at once.</param>
    public ReplicationLink(Action? onSent = null)
    {
        _onSent = onSent;
        Span<int> all = stackalloc int[BufferCount];
        for (int i = 0; i < BufferCount; i++)
            all[i] = i;
        _free.Enqueue(all);
    }

    /// <summary>Slices that were put off for want of a buffer.</summary>
    public long StallCount => Volatile.Read(ref _stallCount);

    /// <summary>Consumer: takes the next buffer; give it back when it is sent.</summary>
    public bool TryTake(out ReplicationChunk chunk)
    {
        Span<ReplicationChunk> one = stackalloc ReplicationChunk[1];
        bool isThere = _full.Dequeue(one) == 1;
        chunk = one[0];
        return isThere;
    }

    /// <summary>Consumer: the records of a buffer that was taken.</summary>
    public ReadOnlyMemory<byte> Records(in ReplicationChunk chunk) => _buffers[chunk.BufferIndex].AsMemory(0, chunk.LengthBytes);

    /// <summary>Consumer: gives a buffer back.</summary>
    public void Return(in ReplicationChunk chunk) => _free.Enqueue([chunk.BufferIndex]);

    /// <summary>Producer: a buffer to write to; empty while there is none.</summary>
    public Span<byte> Rent()
    {
        if (_current < 0)
        {
            Span<int> one = stackalloc int[1];
            if (_free.Dequeue(one) == 0)
            {
                Volatile.Write(ref _stallCount, _stallCount + 1);
                return default;
            }

            _current = one[0];
        }

        return _buffers[_current];
    }

    /// <summary>Producer: sends the rented buffer off.</summary>
    /// <param name="lengthBytes">What was written; 0 with a mark sends the mark alone.</param>
    /// <param name="mark">What is reached with it.</param>
    public void Send(int lengthBytes, ReplicationMark mark)
    {
        _full.Enqueue([new ReplicationChunk(_current, lengthBytes, mark)]);
        _current = -1;
        _onSent?.Invoke();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _free.Dispose();
        _full.Dispose();
    }
}
