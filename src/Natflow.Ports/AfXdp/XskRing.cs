using System.Runtime.CompilerServices;

namespace Natflow.Ports.AfXdp;

/// <summary>
/// One of a socket's four rings, mapped. This side is the producer of the fill and transmit rings and the consumer of the other two;
/// a ring is used by one pair of methods only. Positions run on; their low bits are the index.
/// </summary>
internal unsafe struct XskRing
{
    private readonly uint* _producer;
    private readonly uint* _consumer;
    private readonly uint* _flags;
    private readonly byte* _entries;
    private readonly uint _mask;
    private uint _position; // Ours, ahead of what the kernel was told.
    private uint _other; // The kernel's position as last seen.

    /// <summary>Takes a mapped ring of a fresh socket.</summary>
    internal XskRing(byte* mapped, in XskNative.RingOffsets offsets, int size)
    {
        _producer = (uint*)(mapped + offsets.Producer);
        _consumer = (uint*)(mapped + offsets.Consumer);
        _flags = (uint*)(mapped + offsets.Flags);
        _entries = mapped + offsets.Entries;
        _mask = (uint)size - 1;
    }

    /// <summary>Whether the kernel asks to be called for this ring.</summary>
    internal readonly bool NeedsWakeup
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // One load.
        get => (Volatile.Read(ref *_flags) & XskNative.RingNeedsWakeup) != 0;
    }

    /// <summary>Producer: entries that the kernel has not taken yet.</summary>
    internal readonly uint PendingCount => _position - Volatile.Read(ref *_consumer);

    /// <summary>Producer: how many of the wanted entries are free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A comparison, rarely more.
    internal uint FreeCount(uint wanted)
    {
        uint free = _mask + 1 - (_position - _other);
        if (free < wanted)
        {
            _other = Volatile.Read(ref *_consumer);
            free = _mask + 1 - (_position - _other);
        }

        return Math.Min(free, wanted);
    }

    /// <summary>Consumer: how many of the wanted entries are ready.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A comparison, sometimes a load.
    internal uint ReadyCount(uint wanted)
    {
        uint ready = _other - _position;
        if (ready < wanted)
        {
            _other = Volatile.Read(ref *_producer);
            ready = _other - _position;
        }

        return Math.Min(ready, wanted);
    }

    /// <summary>An entry of the receive or transmit ring, by its distance from our position: less than the last count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // An address.
    internal readonly ref XskNative.Descriptor Descriptor(uint distance) =>
        ref ((XskNative.Descriptor*)_entries)[(_position + distance) & _mask];

    /// <summary>An entry of the fill or completion ring.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // An address.
    internal readonly ref ulong Chunk(uint distance) => ref ((ulong*)_entries)[(_position + distance) & _mask];

    /// <summary>Producer: gives written entries to the kernel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One store.
    internal void Publish(uint count)
    {
        _position += count;
        Volatile.Write(ref *_producer, _position);
    }

    /// <summary>Consumer: gives read entries back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One store.
    internal void Release(uint count)
    {
        _position += count;
        Volatile.Write(ref *_consumer, _position);
    }

    /// <summary>Producer, after the socket was closed: turns to the entries that the kernel never took.</summary>
    internal void Rewind()
    {
        _position = Volatile.Read(ref *_consumer);
        _other = Volatile.Read(ref *_producer);
    }
}
