namespace Natflow.Actors.Dispatch;

/// <summary>
/// Unbounded first-in-first-out queue for many producers and one consumer: a chain of <see cref="MpscRing{T}"/>. A ring that fills up
/// is frozen and a bigger one continues it, so a queue that found its size allocates nothing more.
/// </summary>
internal sealed class MpscQueue<T>
{
    private const int FirstCapacity = 8;
    private const int CapacityMax = 1024; // Bounds what an idle queue keeps after a burst.

    private MpscRing<T> _head;
    private MpscRing<T> _tail;

    internal MpscQueue()
    {
        _head = new MpscRing<T>(FirstCapacity);
        _tail = _head;
    }

    /// <summary>
    /// Consumer, or the thread that just gave the consumer's part away: changes nothing. False also while the next producer is between
    /// claiming its place and filling it; that producer looks after its element itself.
    /// </summary>
    internal bool HasItem
    {
        get
        {
            MpscRing<T> ring = _head;
            while (ring.Next is { } next && ring.IsExhausted)
                ring = next;
            return ring.HasItem;
        }
    }

    /// <summary>Any thread; never refuses, never blocks.</summary>
    internal void Enqueue(in T item)
    {
        MpscRing<T> ring = Volatile.Read(ref _tail);
        while (!ring.TryEnqueue(item))
            ring = Grow(ring);
    }

    /// <summary>Consumer.</summary>
    internal bool TryDequeue(out T item)
    {
        if (_head.TryDequeue(out item)) return true;
        while (_head.Next is { } next && _head.IsExhausted)
        {
            _head = next;
            if (next.TryDequeue(out item)) return true;
        }

        return false;
    }

    private MpscRing<T> Grow(MpscRing<T> full)
    {
        full.FreezeAndLink(Math.Min(full.Capacity * 2, CapacityMax));
        MpscRing<T> next = full.Next!;
        Interlocked.CompareExchange(ref _tail, next, full);
        return next;
    }
}
