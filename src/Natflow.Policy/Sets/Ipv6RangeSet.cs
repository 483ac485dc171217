using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Natflow.Policy.Sets;

/// <summary>
/// IPv6 addresses as nets that do not overlap. The first 64 bits of their first addresses lie under an index of samples, each level with every 32nd key of the level
/// below; behind each 32 nets are their lengths: a million nets take 10 MB, a lookup is four steps, the last of which waits for memory. Immutable; any thread.
/// </summary>
internal sealed class Ipv6RangeSet
{
    private const int FanOutBits = 5;
    private const int FanOut = 1 << FanOutBits;
    private const int HalfBits = 64;
    private const int NetGroup = FanOut + (FanOut / sizeof(long)); // Keys of so many nets, then their lengths, a byte each.
    private const ulong Bias = 1UL << 63; // Taken off, halves are in the order of signed numbers, for which vectors have a compare.

    private readonly long[] _nets; // Groups of all nets, the last padded with the largest number.
    private readonly long[][] _samples; // From the first key of each group of nets up to one group; each padded in the same way.
    private readonly int[] _counts; // Keys of each level without the padding, nets first.
    private readonly ulong[] _lows; // Last halves; empty where no net is longer than a half.

    /// <summary>Builds from ranges in any order, which may overlap.</summary>
    public Ipv6RangeSet(List<(UInt128 Start, UInt128 End)> ranges)
    {
        ranges.Sort();
        var nets = new List<(UInt128 Start, byte Length)>(ranges.Count);
        for (int i = 0; i < ranges.Count; RangeCount++)
        {
            (UInt128 start, UInt128 end) = ranges[i++];
            while (i < ranges.Count && (end == UInt128.MaxValue || ranges[i].Start <= end + 1))
                end = UInt128.Max(end, ranges[i++].End);
            Split(start, end, nets);
        }

        _lows = nets.Exists(static net => net.Length > HalfBits) ? [.. nets.Select(static net => (ulong)net.Start)] : [];
        _nets = Grouped(nets);
        _samples = Sample([.. nets.Select(static net => KeyOf(net.Start))], out _counts);
    }

    /// <summary>Ranges after joining.</summary>
    public int RangeCount { get; }

    /// <summary>Whether an address is in the set.</summary>
    public bool Contains(UInt128 address)
    {
        long key = KeyOf(address);
        int last = LastNotAbove(key);
        if (last < 0)
            return false;
        int length = LengthOf(last);
        return length > HalfBits ? ContainsLong(address, last) : length == 0 || (ulong)(key ^ FirstOf(last)) >> (HalfBits - length) == 0;
    }

    // The fewest nets that make a range, at most 254.
    private static void Split(UInt128 start, UInt128 end, List<(UInt128 Start, byte Length)> nets)
    {
        while (true)
        {
            int hostBits = start == 0 ? 128 : (int)UInt128.TrailingZeroCount(start);
            UInt128 last = LastOf(start, hostBits);
            while (last > end)
                last = LastOf(start, --hostBits);
            nets.Add((start, (byte)(128 - hostBits)));
            if (last == end)
                return;
            start = last + 1;
        }
    }

    private static UInt128 LastOf(UInt128 start, int hostBits) => hostBits == 128 ? UInt128.MaxValue : start + (((UInt128)1 << hostBits) - 1);

    // The last net whose first half is not above that of the address, -1 without one. No branch waits for a key.
    private int LastNotAbove(long key)
    {
        int index = 0;
        for (int level = _samples.Length; level > 0; level--)
        {
            int first = index << FanOutBits;
            index = Math.Min(first + CountNotAbove(_samples[level - 1].AsSpan(first, FanOut), key), _counts[level]) - 1;
            if (index < 0)
                return -1; // At the top alone: below, the first key of a group is the sample that led to it.
        }

        return Math.Min((index << FanOutBits) + CountNotAbove(_nets.AsSpan(index * NetGroup, FanOut), key), _counts[0]) - 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The vectors of a group wait for memory together; each that is above counts one down.
    private static int CountNotAbove(ReadOnlySpan<long> group, long key)
    {
        ref long keys = ref MemoryMarshal.GetReference(group);
        Vector256<long> wanted = Vector256.Create(key);
        Vector256<long> above = (Above(ref keys, 0, wanted) + Above(ref keys, 1, wanted)) + (Above(ref keys, 2, wanted) + Above(ref keys, 3, wanted))
            + ((Above(ref keys, 4, wanted) + Above(ref keys, 5, wanted)) + (Above(ref keys, 6, wanted) + Above(ref keys, 7, wanted)));
        return FanOut + (int)Vector256.Sum(above);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One instruction.
    private static Vector256<long> Above(ref long keys, nuint vector, Vector256<long> wanted) =>
        Vector256.GreaterThan(Vector256.LoadUnsafe(ref keys, vector * (nuint)Vector256<long>.Count), wanted);

    // Nets within one /64 share their first half: few in practice, halved in any case. A shorter net that ends there lies before them.
    [MethodImpl(MethodImplOptions.NoInlining)] // Nets longer than a half alone.
    private bool ContainsLong(UInt128 address, int last)
    {
        int step = 1;
        int from = last;
        while (from > 0 && IsBehind(from, address))
        {
            from = Math.Max(0, from - step);
            step <<= 1;
        }

        int above = last + 1;
        while (from < above)
        {
            int middle = (from + above) >>> 1;
            if (IsBehind(middle, address))
                above = middle;
            else
                from = middle + 1;
        }

        if (from == 0)
            return false;
        int hostBits = 128 - LengthOf(from - 1);
        return hostBits == 128 || (address ^ StartOf(from - 1)) >> hostBits == 0;
    }

    private static long KeyOf(UInt128 address) => (long)((ulong)(address >> HalfBits) ^ Bias);

    private long FirstOf(int net) => _nets[((net >> FanOutBits) * NetGroup) + (net & (FanOut - 1))];

    private byte LengthOf(int net) => MemoryMarshal.AsBytes(_nets.AsSpan(((net >> FanOutBits) * NetGroup) + FanOut, NetGroup - FanOut))[net & (FanOut - 1)];

    private UInt128 StartOf(int net) => new((ulong)FirstOf(net) ^ Bias, _lows[net]);

    private bool IsBehind(int net, UInt128 address) => StartOf(net) > address;

    private static long[] Grouped(List<(UInt128 Start, byte Length)> nets)
    {
        long[] groups = new long[Math.Max(1, (nets.Count + FanOut - 1) >> FanOutBits) * NetGroup];
        groups.AsSpan().Fill(long.MaxValue);
        for (int i = 0; i < nets.Count; i++)
        {
            Span<long> group = groups.AsSpan((i >> FanOutBits) * NetGroup, NetGroup);
            int place = i & (FanOut - 1);
            group[place] = KeyOf(nets[i].Start);
            MemoryMarshal.AsBytes(group[FanOut..])[place] = nets[i].Length;
        }

        return groups;
    }

    private static long[][] Sample(long[] keys, out int[] counts)
    {
        var levels = new List<long[]>();
        var lengths = new List<int> { keys.Length };
        while (lengths[^1] > FanOut)
        {
            keys = [.. keys.Where(static (_, i) => i % FanOut == 0)];
            lengths.Add(keys.Length);
            levels.Add(Padded(keys));
        }

        counts = [.. lengths];
        return [.. levels];
    }

    private static long[] Padded(long[] keys)
    {
        long[] padded = new long[(keys.Length + FanOut - 1) & ~(FanOut - 1)];
        keys.CopyTo(padded, 0);
        padded.AsSpan(keys.Length).Fill(long.MaxValue);
        return padded;
    }
}
