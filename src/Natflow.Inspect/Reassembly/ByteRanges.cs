using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Natflow.Inspect.Reassembly;

/// <summary>Which bytes of a window have come: at most <see cref="RangesMax"/> ranges, ascending, none touching another.</summary>
internal struct ByteRanges
{
    /// <summary>Most ranges that are told apart.</summary>
    internal const int RangesMax = 32;

    private Slots _slots;
    private byte _count;

    /// <summary>Number of ranges.</summary>
    internal readonly int Count => _count;

    /// <summary>Bytes from the window's start that have come without a hole.</summary>
    internal readonly int PrefixBytes => _count > 0 && _slots[0].Start == 0 ? _slots[0].End : 0;

    /// <summary>End of the last range.</summary>
    internal readonly int End => _count > 0 ? _slots[_count - 1].End : 0;

    /// <summary>A range.</summary>
    internal readonly (int Start, int End) this[int index] => (_slots[index].Start, _slots[index].End);

    /// <summary>Finds the first part of a piece that has not come.</summary>
    /// <param name="start">Start of the piece.</param>
    /// <param name="end">End of the piece.</param>
    /// <param name="hole">The part, where there is one.</param>
    internal readonly bool TryFindHole(int start, int end, out (int Start, int End) hole)
    {
        for (int i = 0; i < _count && start < end; i++)
        {
            if (_slots[i].End <= start) continue;
            if (_slots[i].Start > start)
            {
                hole = (start, Math.Min(end, _slots[i].Start));
                return true;
            }

            start = _slots[i].End;
        }

        hole = (start, end);
        return start < end;
    }

    /// <summary>Notes that bytes have come.</summary>
    /// <param name="start">At least 0.</param>
    /// <param name="end">Greater than <paramref name="start"/>, at most 65,535.</param>
    /// <returns>False, with nothing changed, when it would take too many ranges.</returns>
    internal bool TryAdd(int start, int end)
    {
        Debug.Assert(start >= 0 && start < end && end <= ushort.MaxValue, "a piece inside the window");
        int first = 0;
        while (first < _count && _slots[first].End < start)
            first++;
        int next = first;
        for (; next < _count && _slots[next].Start <= end; next++)
        {
            start = Math.Min(start, _slots[next].Start);
            end = Math.Max(end, _slots[next].End);
        }

        int merged = next - first;
        if (merged == 0 && _count == RangesMax) return false;
        Move(next, first + 1);
        _count = (byte)(_count + 1 - merged);
        _slots[first] = new ByteRange((ushort)start, (ushort)end);
        return true;
    }

    /// <summary>Moves the window's start on: what lies before it is forgotten.</summary>
    internal void Consume(int byteCount)
    {
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_slots[i].End <= byteCount) continue;
            _slots[kept++] = new ByteRange((ushort)Math.Max(0, _slots[i].Start - byteCount), (ushort)(_slots[i].End - byteCount));
        }

        _count = (byte)kept;
    }

    /// <summary>Forgets all.</summary>
    internal void Clear() => _count = 0;

    // Slots from one place on move to another; the places between are written by the caller.
    private void Move(int from, int to)
    {
        if (from == to) return;
        Span<ByteRange> slots = _slots;
        slots[from.._count].CopyTo(slots[to..]);
    }

    [InlineArray(RangesMax)]
    private struct Slots
    {
        private ByteRange _first;
    }

    private readonly record struct ByteRange(ushort Start, ushort End);
}
