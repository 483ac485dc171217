namespace Natflow.Policy.Sets;

/// <summary>IPv4 addresses as borders: where the set begins and where it ends, in turn. Immutable; any thread.</summary>
internal sealed class Ipv4RangeSet
{
    private readonly BorderTrie _borders;

    /// <summary>Builds from ranges in any order, which may overlap.</summary>
    public Ipv4RangeSet(List<(uint Start, uint End)> ranges)
    {
        ranges.Sort();
        var borders = new List<uint>(2 * ranges.Count);
        bool reachesEnd = false;
        foreach ((uint start, uint end) in ranges)
        {
            if (reachesEnd)
                break;
            bool isOpen = borders.Count > 0 && start <= borders[^1];
            if (isOpen && end < borders[^1])
                continue;
            if (isOpen)
                borders.RemoveAt(borders.Count - 1);
            else
                borders.Add(start);
            reachesEnd = end == uint.MaxValue;
            if (!reachesEnd)
                borders.Add(end + 1);
        }

        RangeCount = (borders.Count + 1) / 2;
        _borders = new BorderTrie(borders);
    }

    /// <summary>Ranges after joining.</summary>
    public int RangeCount { get; }

    /// <summary>Whether an address (host byte order) is in the set.</summary>
    public bool Contains(uint address) => _borders.Contains(address);
}
