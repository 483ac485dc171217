using System.Numerics;
using System.Runtime.CompilerServices;

namespace Natflow.Memory;

/// <summary>
/// Fixed power-of-two queue between exactly one producer thread and one consumer thread, in batches, without locks. Full refuses;
/// it never blocks.
/// </summary>
/// <remarks>Each side keeps its copy of the other's position and reads the shared one only when the copy says full or empty.</remarks>
/// <typeparam name="T">An unmanaged layout type.</typeparam>
public sealed class SpscRing<T> : IDisposable
    where T : unmanaged
{
    private readonly NativeArray<T> _items;
    private readonly uint _mask;
    private SpscPositions _positions;

    /// <summary>Makes an empty ring.</summary>
    /// <param name="capacity">Number of elements, a power of two.</param>
    public SpscRing(int capacity)
    {
        if (!BitOperations.IsPow2(capacity))
            throw new ArgumentException("must be a power of two", nameof(capacity));
        _items = new NativeArray<T>(capacity);
        _mask = (uint)capacity - 1;
    }

    /// <summary>Number of elements that fit.</summary>
    public int Capacity => _items.Length;

    /// <summary>Elements waiting; exact only for the side that asks.</summary>
    public int Count => (int)(Volatile.Read(ref _positions.Tail) - Volatile.Read(ref _positions.Head));

    /// <summary>Producer thread: appends as many elements as fit.</summary>
    /// <param name="items">The elements, in order.</param>
    /// <returns>How many were taken, from the front.</returns>
    public int Enqueue(ReadOnlySpan<T> items)
    {
        uint tail = _positions.Tail;
        uint free = _mask + 1 - (tail - _positions.HeadSeenByProducer);
        if (free < (uint)items.Length)
        {
            _positions.HeadSeenByProducer = Volatile.Read(ref _positions.Head);
            free = _mask + 1 - (tail - _positions.HeadSeenByProducer);
        }

        int count = (int)Math.Min(free, (uint)items.Length);
        Copy(items[..count], tail);
        Volatile.Write(ref _positions.Tail, tail + (uint)count);
        return count;
    }

    /// <summary>Consumer thread: takes up to as many elements as <paramref name="items"/> holds.</summary>
    /// <param name="items">Receives the elements, in order.</param>
    /// <returns>How many were written.</returns>
    public int Dequeue(Span<T> items)
    {
        uint head = _positions.Head;
        uint ready = _positions.TailSeenByConsumer - head;
        if (ready < (uint)items.Length)
        {
            _positions.TailSeenByConsumer = Volatile.Read(ref _positions.Tail);
            ready = _positions.TailSeenByConsumer - head;
        }

        int count = (int)Math.Min(ready, (uint)items.Length);
        int start = (int)(head & _mask);
        int first = Math.Min(count, Capacity - start);
        _items.Span.Slice(start, first).CopyTo(items);
        _items.Span[..(count - first)].CopyTo(items[first..]);
        Volatile.Write(ref _positions.Head, head + (uint)count);
        return count;
    }

    /// <inheritdoc />
    public void Dispose() => _items.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One caller.
    private void Copy(ReadOnlySpan<T> items, uint tail)
    {
        int start = (int)(tail & _mask);
        int first = Math.Min(items.Length, Capacity - start);
        items[..first].CopyTo(_items.Span[start..]);
        items[first..].CopyTo(_items.Span);
    }
}
