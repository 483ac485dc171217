namespace Natflow.Policy.Sets;

/// <summary>
/// IPv6 addresses as sorted ranges that do not touch, under an index of samples: each level holds every sixteenth key of the level below, so a million nets take
/// five steps, of which all but the last stay in the cache. Immutable; any thread.
/// </summary>
internal sealed class Ipv6RangeSet
{
    private const int FanOutBits = 4;
    private const int FanOut = 1 << FanOutBits;

    private readonly UInt128[] _starts;
    private readonly UInt128[] _ends;
    private readonly ulong[][] _levels; // First 64 bits of the starts; from all of them up to one block of samples.

    /// <summary>Builds from ranges in any order, which may overlap.</summary>
    public Ipv6RangeSet(List<(UInt128 Start, UInt128 End)> ranges)
    {
        ranges.Sort();
        var starts = new List<UInt128>(ranges.Count);
        var ends = new List<UInt128>(ranges.Count);
        foreach ((UInt128 start, UInt128 end) in ranges)
        {
            bool touches = ends.Count > 0 && (start <= ends[^1] || start - 1 == ends[^1]);
            if (touches)
            {
                ends[^1] = UInt128.Max(ends[^1], end);
                continue;
            }

            starts.Add(start);
            ends.Add(end);
        }

        _starts = [.. starts];
        _ends = [.. ends];
        _levels = BuildLevels(_starts);
    }

    /// <summary>Ranges after joining.</summary>
    public int RangeCount => _starts.Length;

    /// <summary>Whether an address is in the set.</summary>
    public bool Contains(UInt128 address)
    {
        if (_starts.Length == 0)
            return false;
        ulong high = (ulong)(address >> 64);
        int end = CountNotAbove(high);
        if (end == 0)
            return false;
        int range = end - 1;
        if (_levels[0][range] == high && _starts[range] > address)
            range = LastNotAbove(address, high, range);
        return range >= 0 && address <= _ends[range];
    }

    // How many starts have first 64 bits that are not above those of the address.
    private int CountNotAbove(ulong high)
    {
        int block = 0;
        for (int level = _levels.Length - 1; level >= 0; level--)
        {
            ulong[] keys = _levels[level];
            int first = block << FanOutBits;
            int end = Math.Min(first + FanOut, keys.Length);
            int position = first;
            while (position < end && keys[position] <= high)
                position++;
            if (position == 0)
                return 0;
            block = position - 1; // The sample that leads the block below.
        }

        return block + 1;
    }

    // Ranges within one /64 share their first bits: few in practice, halved in any case.
    private int LastNotAbove(UInt128 address, ulong high, int last)
    {
        int step = 1;
        int from = last;
        while (from > 0 && _levels[0][from] == high && _starts[from] > address)
        {
            from = Math.Max(0, from - step);
            step <<= 1;
        }

        int low = from;
        int above = last;
        while (low < above)
        {
            int middle = (low + above) >>> 1;
            if (_starts[middle] <= address)
                low = middle + 1;
            else
                above = middle;
        }

        return _starts[low] <= address ? low : low - 1;
    }

    private static ulong[][] BuildLevels(UInt128[] starts)
    {
        var levels = new List<ulong[]> { Array.ConvertAll(starts, static start => (ulong)(start >> 64)) };
        while (levels[^1].Length > FanOut)
        {
            ulong[] below = levels[^1];
            ulong[] samples = new ulong[(below.Length + FanOut - 1) / FanOut];
            for (int i = 0; i < samples.Length; i++)
                samples[i] = below[i << FanOutBits];
            levels.Add(samples);
        }

        return [.. levels];
    }
}
