using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows.Pcp;

/// <summary>Leases by subscriber: a chain each, outside the managed heap, fixed capacity. Owner thread only.</summary>
internal sealed class PcpLeaseTable : IDisposable
{
    private readonly NativeArray<PcpLeaseRecord> _leases;
    private readonly NativeArray<uint> _heads;
    private readonly NativeArray<ushort> _counts;
    private uint _free;
    private uint _next;
    private uint _cursor;

    /// <summary>Maps the room.</summary>
    internal PcpLeaseTable(int capacity, int userCapacity)
    {
        _leases = new NativeArray<PcpLeaseRecord>(capacity);
        _heads = new NativeArray<uint>(userCapacity);
        _counts = new NativeArray<ushort>(userCapacity);
    }

    internal int Count { get; private set; }

    internal long LengthBytes => _leases.LengthBytes + _heads.LengthBytes + _counts.LengthBytes;

    /// <summary>Highest index ever used plus one.</summary>
    internal uint UsedIndexEnd => _next;

    internal ref PcpLeaseRecord this[uint index] => ref _leases[index];

    /// <summary>Leases of a subscriber.</summary>
    internal int CountOf(uint userIndex) => _counts[userIndex];

    /// <summary>First lease of a subscriber, or <see cref="FlowTable.None"/>.</summary>
    internal uint FirstOf(uint userIndex) => _heads[userIndex] - 1;

    /// <summary>Next lease of the same subscriber, or <see cref="FlowTable.None"/>.</summary>
    internal uint NextOf(uint index) => _leases[index].Next - 1;

    /// <summary>The lease of a mapping, of one operation and peer, or <see cref="FlowTable.None"/>.</summary>
    internal uint Find(uint userIndex, uint mappingIndex, PcpOpcode opcode, uint remoteAddrBe, ushort remotePortBe)
    {
        for (uint index = FirstOf(userIndex); index != FlowTable.None; index = NextOf(index))
        {
            ref PcpLeaseRecord lease = ref _leases[index];
            if (lease.MappingIndex == mappingIndex && lease.Opcode == opcode && lease.RemoteAddrBe == remoteAddrBe && lease.RemotePortBe == remotePortBe)
                return index;
        }

        return FlowTable.None;
    }

    /// <summary>Adds a lease; <see cref="FlowTable.None"/> when the table is full.</summary>
    internal uint Add(in PcpLeaseRecord lease)
    {
        uint index;
        if (_free != 0)
        {
            index = _free - 1;
            _free = _leases[index].Next;
        }
        else if (_next < (uint)_leases.Length)
        {
            index = _next++;
        }
        else
        {
            return FlowTable.None;
        }

        ref uint head = ref _heads[lease.UserIndex];
        _leases[index] = lease;
        _leases[index].Next = head;
        head = index + 1;
        _counts[lease.UserIndex]++;
        Count++;
        return index;
    }

    /// <summary>Takes a lease out.</summary>
    internal void Remove(uint index)
    {
        ref PcpLeaseRecord lease = ref _leases[index];
        ref uint link = ref _heads[lease.UserIndex];
        while (link != index + 1)
            link = ref _leases[link - 1].Next;
        link = lease.Next;
        _counts[lease.UserIndex]--;
        lease = default;
        lease.Next = _free;
        _free = index + 1;
        Count--;
    }

    /// <summary>The next lease whose time is over, going round: at most <paramref name="steps"/> are looked at.</summary>
    internal bool TryFindOver(long nowMs, ref int steps, out uint index)
    {
        for (; steps > 0 && _next != 0; steps--)
        {
            _cursor = _cursor + 1 < _next ? _cursor + 1 : 0;
            long untilMs = _leases[_cursor].UntilMs;
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
        _leases.Dispose();
        _heads.Dispose();
        _counts.Dispose();
    }
}
