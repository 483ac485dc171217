using System.Numerics;
using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows;

/// <summary>Mappings by inside and by external endpoint: two chained hash tables over the same records, outside the managed heap, fixed capacity. Owner thread only.</summary>
public sealed class MappingTable : IDisposable
{
    private readonly NativeArray<MappingRecord> _records;
    private readonly NativeArray<uint> _heads;
    private readonly NativeArray<uint> _externalHeads;
    private readonly FlowHash _hash;
    private readonly uint _mask;
    private uint _free = FlowTable.None;
    private uint _next;

    /// <summary>Maps room for <paramref name="capacity"/> mappings.</summary>
    public MappingTable(int capacity, FlowHash hash)
    {
        _records = new NativeArray<MappingRecord>(capacity);
        _heads = new NativeArray<uint>((int)BitOperations.RoundUpToPowerOf2((uint)capacity));
        _externalHeads = new NativeArray<uint>(_heads.Length);
        _mask = (uint)_heads.Length - 1;
        _hash = hash;
    }

    /// <summary>Mappings in the table.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _records.LengthBytes + _heads.LengthBytes + _externalHeads.LengthBytes;

    /// <summary>A mapping by index.</summary>
    public ref MappingRecord this[uint index] => ref _records[index];

    /// <summary>Highest index ever used plus one.</summary>
    public uint UsedIndexEnd => _next;

    /// <summary>Asks the cache for the chain head of an inside endpoint.</summary>
    /// <returns>The head's position, for <see cref="PrefetchChain"/>.</returns>
    public uint PrefetchHead(in FlowKey outKey)
    {
        uint position = PositionOf(outKey.SrcAddrBe, outKey.SrcPortBe, outKey.Zone, outKey.Protocol);
        _heads.Prefetch(position);
        return position;
    }

    /// <summary>Asks the cache for the first mapping of a chain.</summary>
    public void PrefetchChain(uint position)
    {
        uint head = _heads[position];
        if (head != 0)
            _records.Prefetch(head - 1);
    }

    /// <summary>Asks the cache for the second mapping of a chain, where the first one is another endpoint's.</summary>
    internal void PrefetchNext(uint position, in FlowKey outKey)
    {
        uint head = _heads[position];
        if (head == 0)
            return;
        ref MappingRecord record = ref _records[head - 1];
        if (record.Next != 0 && !record.IsOf(in outKey))
            _records.Prefetch(record.Next - 1);
    }

    /// <summary>The mapping of the sender of a packet from inside, or <see cref="FlowTable.None"/>.</summary>
    public uint Find(in FlowKey outKey)
    {
        uint head = _heads[PositionOf(outKey.SrcAddrBe, outKey.SrcPortBe, outKey.Zone, outKey.Protocol)];
        while (head != 0)
        {
            ref MappingRecord record = ref _records[head - 1];
            if (record.IsOf(in outKey))
                return head - 1;
            head = record.Next;
        }

        return FlowTable.None;
    }

    /// <summary>Asks the cache for the chain head of an external endpoint.</summary>
    public void PrefetchExternal(uint addressBe, ushort portBe, byte protocol) =>
        _externalHeads.Prefetch(PositionOf(addressBe, portBe, zone: 0, protocol));

    /// <summary>The mapping behind an external endpoint, or <see cref="FlowTable.None"/>. Any bytes are allowed.</summary>
    public uint FindExternal(uint addressBe, ushort portBe, byte protocol)
    {
        uint head = _externalHeads[PositionOf(addressBe, portBe, zone: 0, protocol)];
        while (head != 0)
        {
            ref MappingRecord record = ref _records[head - 1];
            if (record.ExternalAddrBe == addressBe && record.ExternalPortBe == portBe && record.Protocol == protocol)
                return head - 1;
            head = record.NextExternal;
        }

        return FlowTable.None;
    }

    /// <summary>Adds a mapping without any use; it is not found by its external endpoint before <see cref="LinkExternal"/>.</summary>
    /// <param name="key">Source is the inside endpoint, side LAN; the destination is not looked at.</param>
    /// <param name="externalAddrBe">Public address.</param>
    /// <param name="externalPortBe">Public port or ICMP identifier.</param>
    /// <param name="userIndex">Owner, <see cref="FlowTable.None"/> for none.</param>
    /// <returns>Its index, or <see cref="FlowTable.None"/> when the table is full.</returns>
    public uint Add(in FlowKey key, uint externalAddrBe, ushort externalPortBe, uint userIndex)
    {
        uint index = _free;
        if (index != FlowTable.None)
        {
            _free = _records[index].Next;
        }
        else
        {
            if (_next == (uint)_records.Length)
                return FlowTable.None;
            index = _next++;
        }

        ref uint head = ref _heads[PositionOf(key.SrcAddrBe, key.SrcPortBe, key.Zone, key.Protocol)];
        ref MappingRecord record = ref _records[index];
        record = default;
        record.InsideAddrBe = key.SrcAddrBe;
        record.InsidePortBe = key.SrcPortBe;
        record.ExternalAddrBe = externalAddrBe;
        record.ExternalPortBe = externalPortBe;
        record.UserIndex = userIndex;
        record.Zone = key.Zone;
        record.Protocol = key.Protocol;
        record.Next = head;
        head = index + 1;
        Count++;
        return index;
    }

    /// <summary>Second half of <see cref="Add"/>, apart from it because it waits for another cache line: ask for it by <see cref="PrefetchExternal"/> first.</summary>
    public void LinkExternal(uint index)
    {
        ref MappingRecord record = ref _records[index];
        ref uint head = ref _externalHeads[PositionOf(record.ExternalAddrBe, record.ExternalPortBe, zone: 0, record.Protocol)];
        record.NextExternal = head;
        head = index + 1;
    }

    /// <summary>Takes a mapping out of the inside index alone: its inside endpoint is free for another, its flows go on until they end.</summary>
    public void Detach(uint index)
    {
        UnlinkInside(index);
        _records[index].Flags |= MappingFlags.Detached;
    }

    /// <summary>Takes a mapping out of both indices: nobody new comes by it, its flows go on until they end.</summary>
    public void Close(uint index)
    {
        if (!_records[index].IsDetached)
            UnlinkInside(index);
        UnlinkExternal(index);
        _records[index].Flags |= MappingFlags.Detached | MappingFlags.Closed;
    }

    /// <summary>Takes a mapping out.</summary>
    public void Remove(uint index)
    {
        ref MappingRecord record = ref _records[index];
        if (!record.IsDetached)
            UnlinkInside(index);
        if (!record.IsClosed)
            UnlinkExternal(index);
        record = default;
        record.Next = _free;
        _free = index;
        Count--;
    }

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    public bool TryPopulate() => _records.TryPopulate() & _heads.TryPopulate() & _externalHeads.TryPopulate();

    /// <inheritdoc />
    public void Dispose()
    {
        _records.Dispose();
        _heads.Dispose();
        _externalHeads.Dispose();
    }

    private void UnlinkInside(uint index)
    {
        ref MappingRecord record = ref _records[index];
        ref uint link = ref _heads[PositionOf(record.InsideAddrBe, record.InsidePortBe, record.Zone, record.Protocol)];
        while (link != index + 1)
            link = ref _records[link - 1].Next;
        link = record.Next;
    }

    private void UnlinkExternal(uint index)
    {
        ref MappingRecord record = ref _records[index];
        ref uint link = ref _externalHeads[PositionOf(record.ExternalAddrBe, record.ExternalPortBe, zone: 0, record.Protocol)];
        while (link != index + 1)
            link = ref _records[link - 1].NextExternal;
        link = record.NextExternal;
    }

    private uint PositionOf(uint addressBe, ushort portBe, ushort zone, byte protocol) =>
        _hash.Of(addressBe | ((ulong)portBe << 32) | ((ulong)(ushort)(zone ^ (protocol << 8)) << 48)) & _mask;
}
