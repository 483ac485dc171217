namespace Natflow.Policy.Sets;

/// <summary>
/// IPv4 addresses as sorted ranges that do not touch, with an index by the first 16 bits: a lookup reads one index entry and a few ranges. Immutable; any thread.
/// </summary>
internal sealed class Ipv4RangeSet
{
    private const int BlockBits = 16;
    private const int BlockCount = 1 << BlockBits;

    private readonly uint[] _starts;
    private readonly uint[] _ends;
    private readonly int[] _firstOfBlock; // First range that starts in the block or behind it; one more for the end.

    /// <summary>Builds from ranges in any order, which may overlap.</summary>
    public Ipv4RangeSet(List<(uint Start, uint End)> ranges)
    {
        ranges.Sort();
        var starts = new List<uint>(ranges.Count);
        var ends = new List<uint>(ranges.Count);
        foreach ((uint start, uint end) in ranges)
        {
            if (ends.Count > 0 && start <= (ulong)ends[^1] + 1)
            {
                ends[^1] = Math.Max(ends[^1], end);
                continue;
            }

            starts.Add(start);
            ends.Add(end);
        }

        _starts = [.. starts];
        _ends = [.. ends];
        _firstOfBlock = new int[BlockCount + 1];
        int range = 0;
        for (int block = 0; block < BlockCount; block++)
        {
            while (range < _starts.Length && _starts[range] >> BlockBits < block)
                range++;
            _firstOfBlock[block] = range;
        }

        _firstOfBlock[BlockCount] = _starts.Length;
    }

    /// <summary>Ranges after joining.</summary>
    public int RangeCount => _starts.Length;

    /// <summary>Whether an address (host byte order) is in the set.</summary>
    public bool Contains(uint address)
    {
        uint block = address >> BlockBits;
        int low = _firstOfBlock[block];
        int high = _firstOfBlock[block + 1];
        while (low < high) // At most 16 rounds: a block has 65536 addresses.
        {
            int middle = (low + high) >>> 1;
            if (_starts[middle] <= address)
                low = middle + 1;
            else
                high = middle;
        }

        // The range before the first that starts behind the address, which may have started in an earlier block.
        return low > 0 && address <= _ends[low - 1];
    }
}
