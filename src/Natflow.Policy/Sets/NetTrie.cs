using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Natflow.Memory;

namespace Natflow.Policy.Sets;

/// <summary>
/// Nets that do not overlap, by the bits behind their common prefix: these choose a block, which is a cache line whose nets are compared at once. A block with more than
/// a line has room for is divided by the bits behind its own prefix, as in the multi-bit tries that routers look routes up in. Of a million nets that are spread by
/// chance a lookup reads one line of 32 MB on huge pages; no branch waits for a net, and the few instructions let lookups that follow each other overlap. Immutable; any
/// thread; freed with its last reader.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Immutable and shared: nobody knows its last reader but the collector, which frees the memory by its handle.")]
internal sealed class NetTrie
{
    private const int KeyBits = 64;
    private const uint LineWords = 8; // The nets' first keys, and a word with a byte for the free bits of each. Of a divided block: first line, shift and mask of its part.
    private const int NetsMax = 7;
    private const uint Others = 0b111_1110; // Without the first: it is the one to look at where no other begins before the key.
    private const ulong Divided = 1UL << 63;
    private const int PerBlockBits = 1; // Two to four where seven fit: nets that are spread by chance hardly ever divide a block, which would cost the lookups behind it their head start.
    private const int WidestBits = 20;
    private const int DepthMax = 6; // Deeper, nets lie as if by malice.
    private const ulong Bias = 1UL << 63; // Taken off, keys are in the order of signed numbers, for which vectors have a compare.

    private readonly NativeArray<ulong> _lines;
    private readonly int _shift;
    private readonly ulong _mask;

    /// <summary>Builds from ascending nets.</summary>
    internal NetTrie(List<TrieNet> nets)
    {
        var lines = new List<ulong>();
        (_, _shift, _mask) = Divide(CollectionsMarshal.AsSpan(nets), DepthMax, lines);
        _lines = new NativeArray<ulong>(lines.Count);
        lines.CopyTo(_lines.Span);
    }

    /// <summary>Whether somebody else has to be asked about some nets too: they lie too deep.</summary>
    internal bool IsPartial { get; private set; }

    /// <summary>Whether a net has a key.</summary>
    /// <param name="key">First half of an address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Fewer instructions to a lookup: more of them wait for memory at once.
    internal TrieAnswer Find(ulong key)
    {
        ref ulong line = ref _lines[(uint)((key >> _shift) & _mask) * LineWords];
        if ((long)Unsafe.Add(ref line, NetsMax) < 0)
            line = ref Part(ref line, key);
        ulong freeBits = Unsafe.Add(ref line, NetsMax);
        ulong biased = key ^ Bias;
        Vector256<long> wanted = Vector256.Create((long)biased);
        uint above = Above(ref line, 0, wanted) | (Above(ref line, 1, wanted) << Vector256<long>.Count);
        int net = BitOperations.PopCount(~above & Others);
        int free = (byte)(freeBits >> (8 * net));
        int isIn = (biased ^ Unsafe.Add(ref line, net)) >> free == 0 ? 1 : 0;
        GC.KeepAlive(this); // Nobody may know the trie any more while it is read.
        return (TrieAnswer)(isIn | (free & TrieNet.Other));
    }

    // The line of a divided block that has a key's nets.
    [MethodImpl(MethodImplOptions.NoInlining)] // Hardly any lookup.
    private ref ulong Part(ref ulong line, ulong key)
    {
        while ((long)Unsafe.Add(ref line, NetsMax) < 0)
            line = ref _lines[((uint)line + (uint)((key >> (int)Unsafe.Add(ref line, 1)) & Unsafe.Add(ref line, 2))) * LineWords];
        return ref line;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two instructions.
    private static uint Above(ref ulong line, nuint vector, Vector256<long> wanted) =>
        Vector256.GreaterThan(Vector256.LoadUnsafe(ref line, vector * (nuint)Vector256<ulong>.Count).AsInt64(), wanted).ExtractMostSignificantBits();

    // Where they are: first line, shift and mask of a key. A key from elsewhere comes to some line too, and finds that it is in none of its nets.
    private (uint First, int Shift, ulong Mask) Divide(ReadOnlySpan<TrieNet> nets, int depthLeft, List<ulong> lines)
    {
        int differingBits = nets.IsEmpty ? 1 : Math.Max(1, KeyBits - BitOperations.LeadingZeroCount(nets[0].First ^ nets[^1].Last));
        int bits = Math.Clamp(BitOperations.Log2((uint)nets.Length | 1) + 1 - PerBlockBits, 1, Math.Min(WidestBits, differingBits));
        int shift = differingBits - bits;
        int blockCount = 1 << bits;
        ulong start = nets.IsEmpty ? 0 : nets[0].First >> shift >> bits << bits << shift;
        int firstLine = lines.Count / (int)LineWords;
        CollectionsMarshal.SetCount(lines, lines.Count + (blockCount * (int)LineWords));
        int next = 0;
        var own = new List<TrieNet>();
        Span<ulong> line = stackalloc ulong[(int)LineWords];
        for (int block = 0; block < blockCount; block++)
        {
            ulong first = start + ((ulong)block << shift);
            ulong last = first + ((1UL << shift) - 1);
            Take(nets, first, last, ref next, own);
            if (own.Count == 0)
            {
                own.Add(new TrieNet(first ^ (1UL << shift), 0, 0)); // Of the block beside it: its key does not come here.
            }
            else if (own.Count > NetsMax && depthLeft == 0)
            {
                IsPartial = true;
                own.Clear();
                own.Add(new TrieNet(first, last, TrieNet.Other));
            }

            if (own.Count > NetsMax)
                Write(line, Divide(own.ToArray(), depthLeft - 1, lines));
            else
                Write(line, CollectionsMarshal.AsSpan(own));

            line.CopyTo(CollectionsMarshal.AsSpan(lines)[((firstLine + block) * (int)LineWords)..]);
        }

        return ((uint)firstLine, shift, (ulong)blockCount - 1);
    }

    // A block's own, from the next one on. One that reaches into several blocks is in each.
    private static void Take(ReadOnlySpan<TrieNet> nets, ulong first, ulong last, ref int next, List<TrieNet> own)
    {
        own.Clear();
        for (int i = next; i < nets.Length && nets[i].First <= last; i++)
            own.Add(nets[i] with { First = Math.Max(first, nets[i].First), Last = Math.Min(last, nets[i].Last) });
        while (next < nets.Length && nets[next].Last <= last)
            next++;
    }

    private static void Write(Span<ulong> line, (uint First, int Shift, ulong Mask) part) =>
        (line[0], line[1], line[2], line[NetsMax]) = (part.First, (ulong)part.Shift, part.Mask, Divided);

    // Lanes that are left over have the last net once more.
    private static void Write(Span<ulong> line, ReadOnlySpan<TrieNet> nets)
    {
        line[NetsMax] = 0;
        for (int i = 0; i < NetsMax; i++)
        {
            TrieNet net = nets[Math.Min(i, nets.Length - 1)];
            line[i] = net.First ^ Bias;
            line[NetsMax] |= (ulong)net.FreeBits << (8 * i);
        }
    }
}
