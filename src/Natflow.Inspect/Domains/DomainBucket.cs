using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Natflow.Inspect.Domains;

/// <summary>A cache line of a <see cref="DomainTable"/>: eight domains as 48 bits of their hash and a place in <see cref="DomainValues"/>. All zero is empty.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct DomainBucket
{
    /// <summary>Size in bytes: one cache line.</summary>
    internal const int SizeBytes = 64;

    /// <summary>Domains it holds.</summary>
    internal const int Slots = 8;

    // Of the last slot's place: a domain that belongs here lies in a bucket behind.
    private const ushort SpilledBit = 0x8000;

    [FieldOffset(0)]
    private EightPrints _prints;

    [FieldOffset(32)]
    private EightShorts _checks;

    [FieldOffset(48)]
    private EightShorts _places;

    /// <summary>A domain that belongs here did not fit: it lies in the next bucket that had room.</summary>
    internal bool IsSpilled
    {
        readonly get => (_places[Slots - 1] & SpilledBit) != 0;
        set => _places[Slots - 1] = (ushort)(value ? _places[Slots - 1] | SpilledBit : _places[Slots - 1] & ~SpilledBit);
    }

    /// <summary>Whether a domain that was not found here can be in a bucket behind.</summary>
    /// <param name="place">What <see cref="Find"/> gave.</param>
    internal readonly bool IsBehind(uint place) => (place | (~(uint)_places[Slots - 1] & SpilledBit)) == 0; // One branch, seldom taken.

    /// <summary>Finds a domain. Nothing here branches on what the line holds, so that a processor need not wait for it to go on.</summary>
    /// <returns>Its place in the values, 0 when it is not here.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The lookup's loop.
    internal readonly uint Find(uint print, ushort check)
    {
        uint prints = Vector256.Equals(Vector256.LoadUnsafe(in _prints[0]), Vector256.Create(print)).ExtractMostSignificantBits();
        uint checks = Vector128.Equals(Vector128.LoadUnsafe(in _checks[0]), Vector128.Create(check)).ExtractMostSignificantBits();
        uint hits = prints & checks;
        uint place = _places[System.Numerics.BitOperations.TrailingZeroCount(hits | (1u << (Slots - 1))) & (Slots - 1)] & ~(uint)SpilledBit;
        return place & (uint)(-(int)hits >> 31);
    }

    /// <summary>The slot of a domain, or the first free one, or -1 when it is not here and the bucket is full.</summary>
    internal readonly int SlotOf(uint print, ushort check)
    {
        for (int i = 0; i < Slots; i++)
        {
            if (PlaceOf(i) == 0 || (_prints[i] == print && _checks[i] == check))
                return i;
        }

        return -1;
    }

    /// <summary>A slot's place in the values, 0 when it is free.</summary>
    internal readonly uint PlaceOf(int slot) => _places[slot] & ~(uint)SpilledBit;

    /// <summary>Fills a slot.</summary>
    internal void Set(int slot, uint print, ushort check, ushort place)
    {
        _prints[slot] = print;
        _checks[slot] = check;
        _places[slot] = (ushort)((_places[slot] & SpilledBit) | place);
    }

    [InlineArray(Slots)]
    private struct EightPrints
    {
        private uint _first;
    }

    [InlineArray(Slots)]
    private struct EightShorts
    {
        private ushort _first;
    }
}
