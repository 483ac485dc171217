using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Natflow.Memory;

namespace Natflow.Policy.Sets;

/// <summary>
/// Nets that do not overlap, by the bits behind their common prefix: these choose a block, whose nets are compared at once. A block with too many has an index of its
/// own, by the bits behind its own prefix, as in the multi-bit tries that routers look routes up in. Of a million nets that are spread by chance a lookup reads two
/// places, an index of half a megabyte and a block in nine, both on huge pages. No branch waits for a net. Immutable; any thread; freed with its last reader.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Immutable and shared: nobody knows its last reader but the collector, which frees the memory by its handle.")]
internal sealed class NetTrie
{
    private const int KeyBits = 64;
    private const int Lanes = 16; // Nets that are compared at once.
    private const int PerBlockBits = 3; // Half as many: hardly any block of nets that are spread by chance has more.
    private const int WidestBits = 20;
    private const int DepthMax = 6; // Deeper, nets lie as if by malice, and are halved.
    private const int CountBits = 5;
    private const uint CountMask = (1 << CountBits) - 1;
    private const uint Divided = CountMask; // In place of a count: the block has a part of its own.
    private const ulong Bias = 1UL << 63; // Taken off, keys are in the order of signed numbers, for which vectors have a compare.

    private readonly Part[] _parts;
    private readonly NativeArray<uint> _blocks; // Of each block its place among the nets and how many it has, or its part.
    private readonly NativeArray<long> _nets; // Blocks: the nets' first keys, then their lengths, a byte each. Behind the last, lanes of anything.

    /// <summary>Builds from ascending nets.</summary>
    internal NetTrie(List<TrieNet> nets)
    {
        var parts = new List<Part>();
        var blocks = new List<uint>();
        var places = new List<long>(nets.Count + (nets.Count / 4) + Lanes);
        Divide(CollectionsMarshal.AsSpan(nets), 0, parts, blocks, places);
        places.AddRange(new long[Lanes]);
        _parts = [.. parts];
        _blocks = new NativeArray<uint>(Math.Max(1, blocks.Count));
        blocks.CopyTo(_blocks.Span);
        _nets = new NativeArray<long>(places.Count);
        places.CopyTo(_nets.Span);
    }

    /// <summary>Whether a net has a key.</summary>
    /// <param name="key">First half of an address.</param>
    /// <param name="isUnsure">It may be in a range that is no net, and the answer says nothing.</param>
    internal bool Contains(ulong key, out bool isUnsure)
    {
        bool isIn = Find(key, out isUnsure);
        GC.KeepAlive(this); // Nobody may know the trie any more while it is read.
        return isIn;
    }

    private bool Find(ulong key, out bool isUnsure)
    {
        isUnsure = false;
        ref readonly Part part = ref _parts[0];
        while (key >= part.Base)
        {
            ulong block = (key - part.Base) >> part.Shift;
            if (block >= part.BlockCount)
                return part.BlockCount == 0 && part.Count != 0 && IsInLarge(in part, key, out isUnsure);
            uint entry = _blocks[(uint)part.First + (uint)block];
            uint count = entry & CountMask;
            if (count == 0)
                return false;
            if (count != Divided)
                return IsInBlock(entry >> CountBits, count, key, out isUnsure);
            part = ref _parts[(int)(entry >> CountBits)];
        }

        return false;
    }

    private static void Divide(ReadOnlySpan<TrieNet> nets, int depth, List<Part> parts, List<uint> blocks, List<long> places)
    {
        if (nets.IsEmpty || depth == DepthMax)
        {
            parts.Add(new Part(0, 0, places.Count, nets.Length, 0));
            AddBlock(nets, places);
            return;
        }

        int differingBits = Math.Max(1, KeyBits - BitOperations.LeadingZeroCount(nets[0].First ^ nets[^1].Last));
        int bits = Math.Clamp(BitOperations.Log2((uint)nets.Length) + 1 - PerBlockBits, 1, Math.Min(WidestBits, differingBits));
        int shift = differingBits - bits;
        var part = new Part(nets[0].First >> shift << shift, (byte)shift, blocks.Count, nets.Length, 1u << bits);
        parts.Add(part);
        blocks.AddRange(new uint[part.BlockCount]);
        int next = 0;
        var own = new List<TrieNet>();
        for (uint block = 0; block < part.BlockCount && next < nets.Length; block++)
        {
            ulong first = part.Base + ((ulong)block << shift);
            ulong last = first + ((1UL << shift) - 1);
            own.Clear();
            for (int i = next; i < nets.Length && nets[i].First <= last; i++)
                own.Add(nets[i] with { First = Math.Max(first, nets[i].First), Last = Math.Min(last, nets[i].Last) }); // One that reaches into several is in each.
            while (next < nets.Length && nets[next].Last <= last)
                next++;
            bool isDivided = own.Count > Lanes;
            blocks[part.First + (int)block] = isDivided ? ((uint)parts.Count << CountBits) | Divided : ((uint)places.Count << CountBits) | (uint)own.Count;
            if (isDivided)
                Divide(own.ToArray(), depth + 1, parts, blocks, places);
            else
                AddBlock(CollectionsMarshal.AsSpan(own), places);
        }
    }

    private static void AddBlock(ReadOnlySpan<TrieNet> nets, List<long> places)
    {
        Span<long> lengths = new long[(nets.Length + sizeof(long) - 1) / sizeof(long)];
        for (int i = 0; i < nets.Length; i++)
        {
            places.Add((long)(nets[i].First ^ Bias));
            MemoryMarshal.AsBytes(lengths)[i] = nets[i].Length;
        }

        places.AddRange(lengths);
    }

    private bool IsInBlock(uint place, uint count, ulong key, out bool isUnsure)
    {
        ref long keys = ref _nets[place];
        Vector256<long> wanted = Vector256.Create((long)(key ^ Bias));
        uint above = (Above(ref keys, 0, wanted) | (Above(ref keys, 1, wanted) << 4)) | ((Above(ref keys, 2, wanted) << 8) | (Above(ref keys, 3, wanted) << 12));
        int notAbove = BitOperations.PopCount(~above & ((1u << (int)count) - 1));
        return IsInNet(place, count, (uint)Math.Max(0, notAbove - 1), key, out isUnsure); // The first one, where it is above, has not the key either.
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two instructions.
    private static uint Above(ref long keys, nuint vector, Vector256<long> wanted) =>
        Vector256.GreaterThan(Vector256.LoadUnsafe(ref keys, vector * (nuint)Vector256<long>.Count), wanted).ExtractMostSignificantBits();

    private bool IsInLarge(ref readonly Part part, ulong key, out bool isUnsure)
    {
        int index = _nets.Span.Slice(part.First, part.Count).BinarySearch((long)(key ^ Bias));
        return IsInNet((uint)part.First, (uint)part.Count, (uint)(index >= 0 ? index : Math.Max(0, ~index - 1)), key, out isUnsure);
    }

    private bool IsInNet(uint place, uint count, uint net, ulong key, out bool isUnsure)
    {
        ulong first = (ulong)_nets[place + net] ^ Bias;
        ulong lengths = (ulong)_nets[place + count + (net / sizeof(long))];
        int length = (byte)(lengths >> (int)(net % sizeof(long) * 8));
        isUnsure = length == TrieNet.Other;
        return (key ^ first) >> (KeyBits - length) == 0;
    }

    /// <summary>A run of nets.</summary>
    /// <param name="Base">Not above any of them.</param>
    /// <param name="Shift">Of a key's distance from the base, to its block.</param>
    /// <param name="First">Its first block; of one that is not divided, its place among the nets.</param>
    /// <param name="Count">How many.</param>
    /// <param name="BlockCount">Its blocks; 0 where it is not divided.</param>
    private readonly record struct Part(ulong Base, byte Shift, int First, int Count, uint BlockCount);
}
