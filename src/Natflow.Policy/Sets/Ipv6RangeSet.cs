using System.Numerics;
using System.Runtime.CompilerServices;

namespace Natflow.Policy.Sets;

/// <summary>
/// IPv6 addresses as nets of whole /64s, under a <see cref="NetTrie"/>. What is no few such nets, a range from here to there or one that ends within a /64, is halved:
/// the trie then says only that it may be one. Immutable; any thread.
/// </summary>
internal sealed class Ipv6RangeSet
{
    private const int HalfBits = 64;
    private const int NetsMax = 4; // Of a range; one of more may have over a hundred.

    private readonly NetTrie _nets;
    private readonly (UInt128 Start, UInt128 End)[] _others; // Ranges that are no such nets; all where some lie too deep for the trie.

    /// <summary>Builds from ranges in any order, which may overlap.</summary>
    public Ipv6RangeSet(List<(UInt128 Start, UInt128 End)> ranges)
    {
        ranges.Sort();
        var joined = new List<(UInt128 Start, UInt128 End)>(ranges.Count);
        for (int i = 0; i < ranges.Count;)
        {
            (UInt128 start, UInt128 end) = ranges[i++];
            while (i < ranges.Count && (end == UInt128.MaxValue || ranges[i].Start <= end + 1))
                end = UInt128.Max(end, ranges[i++].End);
            joined.Add((start, end));
        }

        RangeCount = joined.Count;
        var nets = new List<TrieNet>(joined.Count);
        var others = new List<(UInt128 Start, UInt128 End)>();
        foreach ((UInt128 start, UInt128 end) in joined)
        {
            if (TryAddNets(start, end, nets))
                continue;
            others.Add((start, end));
            AddOther(HighOf(start), HighOf(end), nets);
        }

        _nets = new NetTrie(nets);
        _others = [.. _nets.IsPartial ? joined : others];
    }

    /// <summary>Ranges after joining.</summary>
    public int RangeCount { get; }

    /// <summary>Whether an address is in the set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // As the trie's.
    public bool Contains(in IpAddress address)
    {
        TrieAnswer answer = _nets.Find(HighOf(address.Value));
        return answer < TrieAnswer.Unsure ? answer != TrieAnswer.Out : IsInOther(in address);
    }

    private static ulong HighOf(UInt128 address) => (ulong)(address >> HalfBits);

    private static bool TryAddNets(UInt128 start, UInt128 end, List<TrieNet> nets)
    {
        if ((ulong)start != 0 || (ulong)end != ulong.MaxValue)
            return false;
        ulong last = HighOf(end);
        int before = nets.Count;
        for (ulong first = HighOf(start); nets.Count - before < NetsMax;)
        {
            int freeBits = Math.Min(BitOperations.TrailingZeroCount(first), HalfBits - 1); // The whole space is two nets.
            while (LastOf(first, freeBits) > last)
                freeBits--;
            ulong lastOf = LastOf(first, freeBits);
            nets.Add(new TrieNet(first, lastOf, (byte)freeBits));
            if (lastOf == last)
                return true;
            first = lastOf + 1;
        }

        nets.RemoveRange(before, NetsMax);
        return false;
    }

    private static ulong LastOf(ulong first, int freeBits) => first | ((1UL << freeBits) - 1);

    // Two may meet within a /64: then it is asked about once.
    private static void AddOther(ulong first, ulong last, List<TrieNet> nets)
    {
        if (nets.Count != 0 && nets[^1].Last == first)
            nets[^1] = nets[^1] with { Last = last };
        else
            nets.Add(new TrieNet(first, last, TrieNet.Other));
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // Ranges that are no nets are few.
    private bool IsInOther(in IpAddress address)
    {
        UInt128 value = address.Value;
        int from = 0;
        int end = _others.Length;
        while (from < end)
        {
            int middle = (from + end) >>> 1;
            if (_others[middle].Start <= value)
                from = middle + 1;
            else
                end = middle;
        }

        return from != 0 && value <= _others[from - 1].End;
    }
}
