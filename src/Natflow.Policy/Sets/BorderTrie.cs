using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Natflow.Memory;

namespace Natflow.Policy.Sets;

/// <summary>
/// Borders where a set of numbers begins and where it ends, in turn, by the bits behind their common prefix, as <see cref="NetTrie"/> has nets: a block is a cache line,
/// whose borders are compared at once, with a bit for each gap between them that says whether it is in the set. Immutable; any thread; freed with its last reader.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Immutable and shared: nobody knows its last reader but the collector, which frees the memory by its handle.")]
internal sealed class BorderTrie
{
    private const int KeyBits = 32;
    private const uint LineWords = 16; // The borders, and a word with the bits of the gaps. Of a divided block: first line, shift and mask of its part.
    private const int BordersMax = 15;
    private const uint Borders = (1u << BordersMax) - 1;
    private const uint Divided = 1u << 31;
    private const int PerBlockBits = 3; // Eight to sixteen.
    private const int NarrowestBits = 4; // A crowd in a wide space is found in few steps.
    private const int WidestBits = 20;

    private readonly NativeArray<uint> _lines;
    private readonly int _shift;
    private readonly uint _mask;

    /// <summary>Builds from ascending borders; the first begins the set.</summary>
    internal BorderTrie(List<uint> borders)
    {
        var lines = new List<uint>();
        (_, _shift, _mask) = Divide(CollectionsMarshal.AsSpan(borders), 0, KeyBits, isInBefore: false, lines);
        _lines = new NativeArray<uint>(lines.Count);
        lines.CopyTo(_lines.Span);
    }

    /// <summary>Whether the set has a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Fewer instructions to a lookup: more of them wait for memory at once.
    internal bool Contains(uint key)
    {
        ref uint line = ref _lines[((key >> _shift) & _mask) * LineWords];
        if ((int)Unsafe.Add(ref line, BordersMax) < 0)
            line = ref Part(ref line, key);
        uint gaps = Unsafe.Add(ref line, BordersMax);
        Vector256<uint> wanted = Vector256.Create(key);
        uint notAbove = NotAbove(ref line, 0, wanted) | (NotAbove(ref line, 1, wanted) << Vector256<uint>.Count);
        GC.KeepAlive(this); // Nobody may know the trie any more while it is read.
        return ((gaps >> BitOperations.PopCount(notAbove & Borders)) & 1) != 0;
    }

    // The line of a divided block that has a key's borders.
    [MethodImpl(MethodImplOptions.NoInlining)] // Hardly any lookup.
    private ref uint Part(ref uint line, uint key)
    {
        while ((int)Unsafe.Add(ref line, BordersMax) < 0)
            line = ref _lines[(line + ((key >> (int)Unsafe.Add(ref line, 1)) & Unsafe.Add(ref line, 2))) * LineWords];
        return ref line;
    }

    // The larger of two is the wanted one where the border is not above it: vectors have no compare of numbers without sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Three instructions.
    private static uint NotAbove(ref uint line, nuint vector, Vector256<uint> wanted) =>
        Vector256.Equals(Vector256.Max(Vector256.LoadUnsafe(ref line, vector * (nuint)Vector256<uint>.Count), wanted), wanted).ExtractMostSignificantBits();

    // The borders of a range of 2 to the widthBits numbers: first line, shift and mask of a key.
    private static (uint First, int Shift, uint Mask) Divide(ReadOnlySpan<uint> borders, uint start, int widthBits, bool isInBefore, List<uint> lines)
    {
        int bits = Math.Min(widthBits, Math.Clamp(BitOperations.Log2((uint)borders.Length | 1) + 1 - PerBlockBits, NarrowestBits, WidestBits));
        int shift = widthBits - bits;
        int blockCount = 1 << bits;
        int firstLine = lines.Count / (int)LineWords;
        CollectionsMarshal.SetCount(lines, lines.Count + (blockCount * (int)LineWords));
        int next = 0;
        Span<uint> line = stackalloc uint[(int)LineWords];
        for (uint block = 0; block < blockCount; block++)
        {
            uint first = start + (block << shift);
            uint last = first + ((1u << shift) - 1);
            int end = next;
            while (end < borders.Length && borders[end] <= last)
                end++;
            ReadOnlySpan<uint> own = borders[next..end];
            bool isIn = isInBefore ^ ((next & 1) != 0);
            next = end;
            if (own.Length <= BordersMax)
            {
                Write(line, own, isIn);
            }
            else
            {
                (line[0], int partShift, line[2]) = Divide(own, first, shift, isIn, lines);
                line[1] = (uint)partShift;
                line[BordersMax] = Divided;
            }

            line.CopyTo(CollectionsMarshal.AsSpan(lines)[((firstLine + (int)block) * (int)LineWords)..]);
        }

        return ((uint)firstLine, shift, (uint)blockCount - 1);
    }

    // Lanes that are left over have the highest number: it alone is not below them, and the gaps behind the last border are alike.
    private static void Write(Span<uint> line, ReadOnlySpan<uint> borders, bool isInBefore)
    {
        borders.CopyTo(line);
        line[borders.Length..BordersMax].Fill(uint.MaxValue);
        line[BordersMax] = 0;
        for (int gap = 0; gap <= BordersMax; gap++)
            line[BordersMax] |= (isInBefore ^ ((Math.Min(gap, borders.Length) & 1) != 0) ? 1u : 0) << gap;
    }
}
