using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Natflow.Inspect.Domains;

/// <summary>A name that is read in place, in words of eight bytes and in lower case. Nothing of it is copied but its end, behind which words reach.</summary>
internal readonly ref struct DomainText
{
    /// <summary>Bytes of the room that <see cref="DomainText"/> wants.</summary>
    internal const int TailBytes = 32;

    /// <summary>Vectors that hold the longest name.</summary>
    internal const int BlocksMax = (HostName.BytesMax / BlockBytes) + 1;

    /// <summary>Bytes of a vector.</summary>
    internal const int BlockBytes = 16;

    private const ulong Ones = 0x0101_0101_0101_0101;
    private const ulong HighBits = 0x80 * Ones;

    private readonly ReadOnlySpan<byte> _name;
    private readonly ReadOnlySpan<byte> _tail;
    private readonly int _tailStart;

    /// <summary>Prepares to read a name.</summary>
    /// <param name="name">1 to <see cref="HostName.BytesMax"/> bytes.</param>
    /// <param name="tail"><see cref="TailBytes"/> zeros; holds the name's end afterwards.</param>
    internal DomainText(ReadOnlySpan<byte> name, Span<byte> tail)
    {
        _name = name;
        _tailStart = Math.Max(0, name.Length - BlockBytes);
        name[_tailStart..].CopyTo(tail);
        _tail = tail;
    }

    /// <summary>Eight bytes, the first lowest, letters in lower case; zeros behind the name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The hash's loop.
    internal ulong Word(int position)
    {
        ulong word = BinaryPrimitives.ReadUInt64LittleEndian(position + sizeof(ulong) <= _name.Length ? _name[position..] : _tail[(position - _tailStart)..]);
        ulong low = word & ~HighBits;
        ulong isUpper = ((low + ((0x80 - 'A') * Ones)) ^ (low + ((0x7F - 'Z') * Ones))) & ~word & HighBits;
        return word | (isUpper >> 2); // The high bit of a letter's byte becomes the bit that lower case has.
    }

    /// <summary>Where the dots are: a bit a byte, a number for each sixteen of them.</summary>
    internal void FindDots(Span<ushort> dots)
    {
        for (int at = 0; at < _name.Length; at += BlockBytes)
        {
            var block = Vector128.Create(at + BlockBytes <= _name.Length ? _name[at..] : _tail[(at - _tailStart)..]);
            dots[at / BlockBytes] = (ushort)Vector128.Equals(block, Vector128.Create((byte)'.')).ExtractMostSignificantBits();
        }
    }
}
