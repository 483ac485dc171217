using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Natflow.Inspect.Domains;

/// <summary>
/// A name that is read in place, in words of eight bytes. Passed by value: a reference would put it on the stack, and reading there what was written in two parts waits
/// until all before it is done, the last lookup's wait for memory included.
/// </summary>
internal readonly ref struct DomainText
{
    /// <summary>Bytes of the longest name that <see cref="Dots"/> looks at.</summary>
    internal const int WindowBytes = 64;

    /// <summary>Bytes of a word, and of the shortest name that <see cref="Dots"/> looks at.</summary>
    internal const int WordBytes = sizeof(ulong);

    /// <summary>Bytes that <see cref="Room"/> needs.</summary>
    internal const int RoomBytes = WordBytes + HostName.BytesMax;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Reads a name.</summary>
    /// <param name="bytes">Not empty. Fewer than <see cref="WordBytes"/> lie in a <see cref="Room"/>.</param>
    internal DomainText(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Bytes of the name.</summary>
    internal int Length => _bytes.Length;

    /// <summary>Room for any name, with dots in front, so that one shorter than a word can be read too.</summary>
    internal static Span<byte> Room(Span<byte> bytes)
    {
        bytes[..WordBytes].Fill((byte)'.');
        return bytes[WordBytes..];
    }

    /// <summary>Eight bytes, the first lowest.</summary>
    /// <param name="at">Of the first of them; the last is one of the name's.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One load.
    internal ulong Word(int at) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref MemoryMarshal.GetReference(_bytes), at));

    /// <summary>Where the dots are: a bit a byte, of a name of <see cref="WordBytes"/> to <see cref="WindowBytes"/> bytes.</summary>
    /// <param name="hasUpper">Whether a letter is in upper case.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two vectors of most names.
    internal ulong Dots(out bool hasUpper)
    {
        if (_bytes.Length < Vector128<byte>.Count)
            return DotsOfShort(out hasUpper);
        int last = _bytes.Length - Vector128<byte>.Count;
        Vector128<byte> block = Block(last);
        ulong dots = (ulong)DotsOf(block) << last;
        Vector128<byte> upper = UpperOf(block);
        for (int at = 0; at < last; at += Vector128<byte>.Count)
        {
            block = Block(at);
            dots |= (ulong)DotsOf(block) << at;
            upper |= UpperOf(block);
        }

        hasUpper = upper != Vector128<byte>.Zero;
        return dots;
    }

    // The first eight bytes and the last, which overlap.
    private ulong DotsOfShort(out bool hasUpper)
    {
        int last = _bytes.Length - WordBytes;
        Vector128<byte> block = Vector128.Create(Word(0), Word(last)).AsByte();
        uint dots = DotsOf(block);
        hasUpper = UpperOf(block) != Vector128<byte>.Zero;
        return (byte)dots | ((dots >> WordBytes) << last);
    }

    private Vector128<byte> Block(int at) => Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(_bytes), (nuint)at);

    private static uint DotsOf(Vector128<byte> block) => Vector128.Equals(block, Vector128.Create((byte)'.')).ExtractMostSignificantBits();

    private static Vector128<byte> UpperOf(Vector128<byte> block) => Vector128.LessThan(block - Vector128.Create((byte)'A'), Vector128.Create((byte)('Z' - 'A' + 1)));
}
