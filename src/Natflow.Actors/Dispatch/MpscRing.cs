using System.Numerics;
using System.Runtime.InteropServices;

namespace Natflow.Actors.Dispatch;

/// <summary>
/// Fixed power-of-two ring for many producers and one consumer. It can be frozen: then it takes nothing more, and the consumer knows
/// when it has seen the last element.
/// </summary>
/// <remarks>
/// Each slot carries a sequence number: <c>position</c> means free for that position, <c>position + 1</c> means filled. A producer
/// claims a position by compare-and-swap and publishes by the sequence; the consumer takes without an interlocked operation.
/// </remarks>
internal sealed class MpscRing<T>
{
    private const long Frozen = long.MinValue;

    private readonly Slot[] _slots;
    private readonly int _mask;
    private MpscRing<T>? _next;
    private RingPositions _positions;

    internal MpscRing(int capacity)
    {
        if (!BitOperations.IsPow2(capacity))
            throw new ArgumentException("must be a power of two", nameof(capacity));
        _slots = new Slot[capacity];
        _mask = capacity - 1;
        for (int i = 0; i < capacity; i++)
            _slots[i].Sequence = i;
    }

    internal int Capacity => _slots.Length;

    /// <summary>The ring that continues a frozen one.</summary>
    internal MpscRing<T>? Next => Volatile.Read(ref _next);

    /// <summary>Consumer: whether an element is ready here.</summary>
    internal bool HasItem
    {
        get
        {
            long head = _positions.Head;
            return Volatile.Read(ref _slots[(int)head & _mask].Sequence) == head + 1;
        }
    }

    /// <summary>Consumer: the ring is frozen and its last element was taken.</summary>
    internal bool IsExhausted => Volatile.Read(ref _positions.Tail) == (_positions.Head | Frozen);

    /// <summary>Any producer.</summary>
    /// <returns>False if full or frozen.</returns>
    internal bool TryEnqueue(in T item)
    {
        while (true)
        {
            long tail = Volatile.Read(ref _positions.Tail);
            if (tail < 0) return false;
            ref Slot slot = ref _slots[(int)tail & _mask];
            long lead = Volatile.Read(ref slot.Sequence) - tail;
            if (lead < 0) return false; // Still holds the element of one round ago.
            if (lead != 0 || Interlocked.CompareExchange(ref _positions.Tail, tail + 1, tail) != tail) continue;
            slot.Item = item;
            Volatile.Write(ref slot.Sequence, tail + 1);
            return true;
        }
    }

    /// <summary>Consumer.</summary>
    /// <returns>False if empty, or if the next producer has claimed its slot but not filled it yet.</returns>
    internal bool TryDequeue(out T item)
    {
        long head = _positions.Head;
        ref Slot slot = ref _slots[(int)head & _mask];
        if (Volatile.Read(ref slot.Sequence) != head + 1)
        {
            item = default!;
            return false;
        }

        item = slot.Item;
        slot.Item = default!;
        _positions.Head = head + 1;
        Volatile.Write(ref slot.Sequence, head + _slots.Length);
        return true;
    }

    /// <summary>Any producer that found the ring full: no element enters any more, and <see cref="Next"/> is there.</summary>
    internal void FreezeAndLink(int nextCapacity)
    {
        Interlocked.Or(ref _positions.Tail, Frozen);
        if (Next is null)
            Interlocked.CompareExchange(ref _next, new MpscRing<T>(nextCapacity), comparand: null);
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Slot
    {
        internal T Item;
        internal long Sequence;
    }
}
