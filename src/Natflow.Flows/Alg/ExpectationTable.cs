using System.Numerics;
using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows.Alg;

/// <summary>Announced flows by external endpoint: chained hash table outside the managed heap, fixed capacity. Owner thread only.</summary>
internal sealed class ExpectationTable : IDisposable
{
    private const uint None = 0;

    private readonly NativeArray<Expectation> _entries;
    private readonly NativeArray<uint> _heads;
    private readonly NativeArray<int> _userCounts;
    private readonly FlowHash _hash;
    private readonly uint _mask;
    private uint _free = None;
    private uint _next;
    private uint _cursor;

    /// <summary>Maps room for <paramref name="capacity"/> entries.</summary>
    /// <param name="capacity">Entries.</param>
    /// <param name="userCapacity">Subscribers of the shard.</param>
    /// <param name="hash">The gateway's hash.</param>
    internal ExpectationTable(int capacity, int userCapacity, FlowHash hash)
    {
        _userCounts = new NativeArray<int>(userCapacity);
        _entries = new NativeArray<Expectation>(capacity);
        _heads = new NativeArray<uint>((int)BitOperations.RoundUpToPowerOf2((uint)capacity));
        _mask = (uint)_heads.Length - 1;
        _hash = hash;
    }

    /// <summary>Living entries and entries whose end was not noticed yet.</summary>
    internal int Count { get; private set; }

    internal long LengthBytes => _entries.LengthBytes + _heads.LengthBytes + _userCounts.LengthBytes;

    /// <summary>An entry by index.</summary>
    internal ref Expectation this[uint index] => ref _entries[index];

    /// <summary>The living expectation that lets a packet in, or <see cref="FlowTable.None"/>.</summary>
    /// <param name="inKey">The packet's key, side WAN.</param>
    /// <param name="nowMs">Shard clock.</param>
    internal uint Find(in FlowKey inKey, long nowMs)
    {
        for (uint at = _heads[PositionOf(inKey.DstAddrBe, inKey.DstPortBe, inKey.Protocol)]; at != None; at = _entries[at - 1].Next)
        {
            ref Expectation entry = ref _entries[at - 1];
            if (entry.ExternalAddrBe == inKey.DstAddrBe && entry.ExternalPortBe == inKey.DstPortBe && entry.Protocol == inKey.Protocol
                && entry.UntilMs > nowMs && (entry.RemoteAddrBe == 0 || entry.RemoteAddrBe == inKey.SrcAddrBe)
                && (entry.RemotePortBe == 0 || entry.RemotePortBe == inKey.SrcPortBe))
            {
                return at - 1;
            }
        }

        return FlowTable.None;
    }

    /// <summary>The entry of the same endpoints, living or not, or <see cref="FlowTable.None"/>.</summary>
    internal uint FindSame(in Expectation wanted)
    {
        for (uint at = _heads[PositionOf(wanted.ExternalAddrBe, wanted.ExternalPortBe, wanted.Protocol)]; at != None; at = _entries[at - 1].Next)
        {
            ref Expectation entry = ref _entries[at - 1];
            if (entry.MappingIndex == wanted.MappingIndex && entry.RemoteAddrBe == wanted.RemoteAddrBe
                && entry.RemotePortBe == wanted.RemotePortBe && entry.IsOnce == wanted.IsOnce && entry.UserIndex == wanted.UserIndex)
            {
                return at - 1;
            }
        }

        return FlowTable.None;
    }

    /// <summary>Entries charged to a subscriber.</summary>
    internal int CountOf(uint userIndex) => _userCounts[userIndex];

    /// <summary>Adds an entry.</summary>
    /// <returns>Its index, or <see cref="FlowTable.None"/> when the table is full.</returns>
    internal uint Add(in Expectation expectation)
    {
        uint index = FlowTable.None;
        if (_free != None)
        {
            index = _free - 1;
            _free = _entries[index].Next;
        }
        else if (_next < (uint)_entries.Length)
        {
            index = _next++;
        }

        if (index == FlowTable.None)
            return index;
        ref uint head = ref _heads[PositionOf(expectation.ExternalAddrBe, expectation.ExternalPortBe, expectation.Protocol)];
        _entries[index] = expectation;
        _entries[index].Next = head;
        head = index + 1;
        _userCounts[expectation.UserIndex]++;
        Count++;
        return index;
    }

    /// <summary>Takes an entry out.</summary>
    internal void Remove(uint index)
    {
        ref Expectation entry = ref _entries[index];
        ref uint link = ref _heads[PositionOf(entry.ExternalAddrBe, entry.ExternalPortBe, entry.Protocol)];
        while (link != index + 1)
            link = ref _entries[link - 1].Next;
        link = entry.Next;
        _userCounts[entry.UserIndex]--;
        entry = default;
        entry.Next = _free;
        _free = index + 1;
        Count--;
    }

    /// <summary>The next entry whose time is over, going round: at most <paramref name="steps"/> entries are looked at.</summary>
    internal bool TryFindOver(long nowMs, ref int steps, out uint index)
    {
        for (; steps > 0 && _next != 0; steps--)
        {
            _cursor = _cursor + 1 < _next ? _cursor + 1 : 0;
            long untilMs = _entries[_cursor].UntilMs;
            if (untilMs == 0 || untilMs > nowMs)
                continue;
            index = _cursor;
            return true;
        }

        index = FlowTable.None;
        return false;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _entries.Dispose();
        _heads.Dispose();
        _userCounts.Dispose();
    }

    private uint PositionOf(uint addressBe, ushort portBe, byte protocol) =>
        _hash.Of(addressBe | ((ulong)portBe << 32) | ((ulong)protocol << 48)) & _mask;
}
