using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Natflow.Policy.Sets;

/// <summary>
/// IPv4 addresses as borders: where the set begins and where it ends, in turn. An address is in the set when the number of borders up to it is odd. Of a border only
/// the lower half is kept, under an index by the upper: a million nets take 4 MB, a lookup two cache lines. Immutable; any thread.
/// </summary>
internal sealed class Ipv4RangeSet
{
    private const int BlockBits = 16;
    private const int BlockCount = 1 << BlockBits;

    // So many borders are compared at once; a block with more is halved until that few are left.
    private const int Lanes = 32;

    private readonly ushort[] _borders; // Lower halves, ascending within each block; behind the last, lanes of anything.
    private readonly int[] _firstOfBlock; // First border in the block or behind it; one more for the end.

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
        _borders = new ushort[borders.Count + Lanes];
        for (int i = 0; i < borders.Count; i++)
            _borders[i] = (ushort)borders[i];
        _firstOfBlock = new int[BlockCount + 1];
        int border = 0;
        for (int block = 0; block < BlockCount; block++)
        {
            while (border < borders.Count && borders[border] >> BlockBits < block)
                border++;
            _firstOfBlock[block] = border;
        }

        _firstOfBlock[BlockCount] = borders.Count;
    }

    /// <summary>Ranges after joining.</summary>
    public int RangeCount { get; }

    /// <summary>Whether an address (host byte order) is in the set.</summary>
    public bool Contains(uint address)
    {
        uint block = address >> BlockBits;
        int first = _firstOfBlock[block];
        int count = _firstOfBlock[block + 1] - first;
        ushort low = (ushort)address;
        while (count > Lanes) // At most 11 rounds: a block has 65536 addresses.
        {
            int half = count >>> 1;
            bool isBehind = _borders[first + half] <= low;
            first += isBehind ? half : 0;
            count -= isBehind ? half : count - half;
        }

        return ((first + CountNotAbove(first, count, low)) & 1) != 0;
    }

    private int CountNotAbove(int first, int count, ushort low)
    {
        ref ushort borders = ref MemoryMarshal.GetReference(_borders.AsSpan(first, Lanes));
        Vector256<ushort> wanted = Vector256.Create(low);
        Vector256<ushort> one = NotAbove(ref borders, 0, wanted);
        Vector256<ushort> two = NotAbove(ref borders, 1, wanted);
        ulong notAbove = one.ExtractMostSignificantBits() | ((ulong)two.ExtractMostSignificantBits() << Vector256<ushort>.Count);
        return BitOperations.PopCount(notAbove & ((1UL << count) - 1));
    }

    // The larger of two is the wanted one where the border is not above it: vectors have no compare of numbers without sign.
    private static Vector256<ushort> NotAbove(ref ushort borders, nuint vector, Vector256<ushort> wanted) =>
        Vector256.Equals(Vector256.Max(Vector256.LoadUnsafe(ref borders, vector * (nuint)Vector256<ushort>.Count), wanted), wanted);
}
