using System.Numerics;
using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows.Ipv6;

/// <summary>Announced connections by their ends: chained hash table outside the managed heap, fixed capacity. Owner thread only.</summary>
internal sealed class Ipv6ExpectationTable : IDisposable
{
    private readonly NativeArray<Ipv6Expectation> _entries;
    private readonly NativeArray<uint> _heads;
    private readonly NativeArray<int> _userCounts;
    private readonly FlowHash _hash;
    private readonly uint _mask;
    private uint _free;
    private uint _next;
    private uint _cursor;

    /// <summary>Maps room.</summary>
    /// <param name="capacity">Entries.</param>
    /// <param name="userCapacity">Users of the shard.</param>
    /// <param name="hash">The gateway's hash.</param>
    internal Ipv6ExpectationTable(int capacity, int userCapacity, FlowHash hash)
    {
        _entries = new NativeArray<Ipv6Expectation>(capacity);
        _heads = new NativeArray<uint>((int)BitOperations.RoundUpToPowerOf2((uint)capacity));
        _userCounts = new NativeArray<int>(userCapacity);
        _mask = (uint)_heads.Length - 1;
        _hash = hash;
    }

    /// <summary>Living entries and entries whose end was not noticed yet.</summary>
    internal int Count { get; private set; }

    internal long LengthBytes => _entries.LengthBytes + _heads.LengthBytes + _userCounts.LengthBytes;

    /// <summary>An entry by index.</summary>
    internal ref Ipv6Expectation this[uint index] => ref _entries[index];

    /// <summary>The entry of these ends, living or not, or <see cref="FlowTable.None"/>.</summary>
    internal uint Find(in Ipv6Address inside, in Ipv6Address remote, ushort insidePortBe)
    {
        for (uint at = _heads[PositionOf(in inside, in remote, insidePortBe)]; at != 0; at = _entries[at - 1].Next)
        {
            ref Ipv6Expectation entry = ref _entries[at - 1];
            if (entry.InsidePortBe == insidePortBe && entry.Inside == inside && entry.Remote == remote)
                return at - 1;
        }

        return FlowTable.None;
    }

    /// <summary>Entries charged to a user.</summary>
    internal int CountOf(uint userIndex) => _userCounts[userIndex];

    /// <summary>Adds an entry; false when the table is full.</summary>
    internal bool TryAdd(in Ipv6Expectation expectation)
    {
        uint index;
        if (_free != 0)
        {
            index = _free - 1;
            _free = _entries[index].Next;
        }
        else if (_next < (uint)_entries.Length)
        {
            index = _next++;
        }
        else
        {
            return false;
        }

        ref uint head = ref _heads[PositionOf(in expectation.Inside, in expectation.Remote, expectation.InsidePortBe)];
        _entries[index] = expectation;
        _entries[index].Next = head;
        head = index + 1;
        _userCounts[expectation.UserIndex]++;
        Count++;
        return true;
    }

    /// <summary>Takes an entry out.</summary>
    internal void Remove(uint index)
    {
        ref Ipv6Expectation entry = ref _entries[index];
        ref uint link = ref _heads[PositionOf(in entry.Inside, in entry.Remote, entry.InsidePortBe)];
        while (link != index + 1)
            link = ref _entries[link - 1].Next;
        link = entry.Next;
        _userCounts[entry.UserIndex]--;
        entry = default;
        entry.Next = _free;
        _free = index + 1;
        Count--;
    }

    /// <summary>Gives up entries whose time is over, going round: at most <paramref name="steps"/> are looked at.</summary>
    internal void Sweep(long nowMs, int steps)
    {
        for (; steps > 0 && Count != 0; steps--)
        {
            _cursor = _cursor + 1 < _next ? _cursor + 1 : 0;
            long untilMs = _entries[_cursor].UntilMs;
            if (untilMs != 0 && untilMs <= nowMs)
                Remove(_cursor);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _entries.Dispose();
        _heads.Dispose();
        _userCounts.Dispose();
    }

    private uint PositionOf(in Ipv6Address inside, in Ipv6Address remote, ushort insidePortBe) => _hash.OfIpv6(inside, remote, insidePortBe) & _mask;
}
