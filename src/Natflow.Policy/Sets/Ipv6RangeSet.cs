using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Natflow.Policy.Sets;

/// <summary>
/// IPv6 addresses as nets that do not overlap. The first 64 bits of their first addresses lie under an index of samples, each level with every 32nd key of the level
/// below, their lengths beside: a million nets take 10 MB, a lookup is four steps, the last of which waits for memory. Immutable; any thread.
/// </summary>
internal sealed class Ipv6RangeSet
{
    private const int FanOutBits = 5;
    private const int FanOut = 1 << FanOutBits;
    private const int HalfBits = 64;
    private const int Lanes = 8; // Of a vector.

    private readonly ulong[][] _levels; // First halves; from all of them up to one group; padded with the largest number.
    private readonly int[] _counts; // Keys of each level without the padding.
    private readonly byte[] _lengths;
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

        _lengths = [.. nets.Select(static net => net.Length)];
        _lows = nets.Exists(static net => net.Length > HalfBits) ? [.. nets.Select(static net => (ulong)net.Start)] : [];
        _levels = BuildLevels([.. nets.Select(static net => (ulong)(net.Start >> HalfBits))], out _counts);
    }

    /// <summary>Ranges after joining.</summary>
    public int RangeCount { get; }

    /// <summary>Whether an address is in the set.</summary>
    public bool Contains(UInt128 address)
    {
        ulong high = (ulong)(address >> HalfBits);
        int last = LastNotAbove(high);
        if (last < 0)
            return false;
        int length = _lengths[last];
        return length > HalfBits ? ContainsLong(address, last) : length == 0 || (high ^ _levels[0][last]) >> (HalfBits - length) == 0;
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
    private int LastNotAbove(ulong high)
    {
        Vector512<ulong> wanted = Vector512.Create(high);
        int index = 0;
        for (int level = _levels.Length - 1; level >= 0; level--)
        {
            ref ulong keys = ref MemoryMarshal.GetReference(_levels[level].AsSpan(index << FanOutBits, FanOut));
            int notAbove = CountNotAbove(ref keys, wanted) + CountNotAbove(ref Unsafe.Add(ref keys, Lanes), wanted)
                + CountNotAbove(ref Unsafe.Add(ref keys, 2 * Lanes), wanted) + CountNotAbove(ref Unsafe.Add(ref keys, 3 * Lanes), wanted);
            index = Math.Min((index << FanOutBits) + notAbove, _counts[level]) - 1;
            if (index < 0)
                return -1; // At the top alone: below, the first key of a group is the sample that led to it.
        }

        return index;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The four of a group wait for memory together. The span above has checked that all of them are there.
    private static int CountNotAbove(ref ulong keys, Vector512<ulong> wanted) =>
        BitOperations.PopCount(Vector512.LessThanOrEqual(Vector512.LoadUnsafe(ref keys), wanted).ExtractMostSignificantBits());

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
        int hostBits = 128 - _lengths[from - 1];
        return hostBits == 128 || (address ^ StartOf(from - 1)) >> hostBits == 0;
    }

    private UInt128 StartOf(int index) => new(_levels[0][index], _lows[index]);

    private bool IsBehind(int index, UInt128 address) => StartOf(index) > address;

    private static ulong[][] BuildLevels(ulong[] keys, out int[] counts)
    {
        var levels = new List<ulong[]> { Padded(keys) };
        var lengths = new List<int> { keys.Length };
        while (lengths[^1] > FanOut)
        {
            ulong[] below = levels[^1];
            ulong[] samples = new ulong[(lengths[^1] + FanOut - 1) >> FanOutBits];
            for (int i = 0; i < samples.Length; i++)
                samples[i] = below[i << FanOutBits];
            levels.Add(Padded(samples));
            lengths.Add(samples.Length);
        }

        counts = [.. lengths];
        return [.. levels];
    }

    private static ulong[] Padded(ulong[] keys)
    {
        ulong[] padded = new ulong[Math.Max(FanOut, (keys.Length + FanOut - 1) & ~(FanOut - 1))];
        keys.CopyTo(padded, 0);
        padded.AsSpan(keys.Length).Fill(ulong.MaxValue);
        return padded;
    }
}
