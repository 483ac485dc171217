using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Natflow.Inspect.Domains;

/// <summary>A name in lower case that is read in words of eight bytes, in place: nothing is read behind its end.</summary>
internal readonly ref struct DomainText
{
    /// <summary>Bytes of a vector, and the fewest of a text.</summary>
    internal const int BlockBytes = 16;

    /// <summary>Bytes that <see cref="Dots"/> looks at together.</summary>
    internal const int WindowBytes = 64;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Reads a name.</summary>
    /// <param name="bytes">At least <see cref="BlockBytes"/>; behind a shorter name stand zeros.</param>
    internal DomainText(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Eight bytes, the first lowest; zeros behind the text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The hash's loop.
    internal ulong Word(int position)
    {
        int at = Math.Min(position, _bytes.Length - sizeof(ulong));
        return BinaryPrimitives.ReadUInt64LittleEndian(_bytes[at..]) >> (8 * (position - at));
    }

    /// <summary>Where the dots are: a bit a byte, of a text that one window holds.</summary>
    /// <param name="hasUpper">Whether a letter is in upper case.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two or three vectors of most names.
    internal ulong Dots(out bool hasUpper)
    {
        int last = _bytes.Length - BlockBytes;
        Vector128<byte> block = Vector128.Create(_bytes[last..]);
        ulong dots = (ulong)DotsOf(block) << last;
        Vector128<byte> upper = UpperOf(block);
        for (int at = 0; at < last; at += BlockBytes)
        {
            block = Vector128.Create(_bytes[at..]);
            dots |= (ulong)DotsOf(block) << at;
            upper |= UpperOf(block);
        }

        hasUpper = upper != Vector128<byte>.Zero;
        return dots;
    }

    /// <summary>The dots of a window, the lowest bit for its first byte.</summary>
    /// <param name="window">From 0.</param>
    internal ulong DotsOfWindow(int window)
    {
        ulong dots = 0;
        int end = Math.Min(_bytes.Length, (window + 1) * WindowBytes);
        for (int at = window * WindowBytes; at < end; at++)
            dots |= _bytes[at] == (byte)'.' ? 1UL << at : 0;
        return dots;
    }

    private static uint DotsOf(Vector128<byte> block) => Vector128.Equals(block, Vector128.Create((byte)'.')).ExtractMostSignificantBits();

    private static Vector128<byte> UpperOf(Vector128<byte> block) => Vector128.LessThan(block - Vector128.Create((byte)'A'), Vector128.Create((byte)('Z' - 'A' + 1)));
}
