using System.Buffers.Binary;
using System.Numerics;
using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Memory;

namespace Natflow.Flows.Ipv6;

/// <summary>
/// IPv6 subscribers of a shard. Each has a stand-in IPv4 address out of 240.0.0.0/4, by which it is a user like any other: quotas, policy and bytes are in
/// the shard's user table, and NAT64 sends by it through NAT44. A stand-in comes back when its user has been idle long enough to be given up.
/// </summary>
/// <remarks>Owner thread only. Chained hash table outside the managed heap, fixed capacity.</remarks>
public sealed class SubscriberTable : IDisposable
{
    /// <summary>Most subscribers of a shard: the bits of a stand-in address behind its shard.</summary>
    public const int CapacityMax = 1 << IndexBits;

    private const int IndexBits = 20;
    private const int SweepCount = 32;
    private const int SweepCountWhenFull = 1024;

    private readonly NativeArray<SubscriberRecord> _records;
    private readonly NativeArray<uint> _heads;
    private readonly UserTable _users;
    private readonly FlowHash _hash;
    private readonly uint _standInBase;
    private readonly uint _mask;
    private uint _free = FlowTable.None;
    private uint _next;
    private uint _sweep;

    /// <summary>Maps room for as many subscribers as the shard has users.</summary>
    /// <param name="users">The shard's users.</param>
    /// <param name="capacity">Most subscribers.</param>
    /// <param name="shardIndex">0 to 255.</param>
    /// <param name="hash">The gateway's hash.</param>
    public SubscriberTable(UserTable users, int capacity, int shardIndex, FlowHash hash)
    {
        capacity = Math.Min(capacity, CapacityMax);
        _users = users;
        _records = new NativeArray<SubscriberRecord>(capacity);
        _heads = new NativeArray<uint>((int)BitOperations.RoundUpToPowerOf2((uint)capacity));
        _mask = (uint)_heads.Length - 1;
        _hash = hash;
        _standInBase = 0xF000_0000 | ((uint)shardIndex << IndexBits);
    }

    /// <summary>Subscribers in the table, those included whose user has been given up and that wait to be.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _records.LengthBytes + _heads.LengthBytes;

    /// <summary>Highest index ever used plus one.</summary>
    internal uint UsedIndexEnd => _next;

    /// <summary>A subscriber by index.</summary>
    public ref SubscriberRecord this[uint index] => ref _records[index];

    /// <summary>The stand-in address (network order) of a subscriber.</summary>
    public uint StandInBe(uint index) => BinaryPrimitives.ReverseEndianness(_standInBase | index);

    /// <summary>The subscriber with a stand-in address (network order), or <see cref="FlowTable.None"/>.</summary>
    public uint IndexOf(uint standInBe)
    {
        uint index = BinaryPrimitives.ReverseEndianness(standInBe) - _standInBase;
        return index < _next && _records[index].IsUsed ? index : FlowTable.None;
    }

    /// <summary>The IPv6 address behind a stand-in (network order); null for any other address.</summary>
    public Ipv6Address? AddressOf(uint standInBe)
    {
        uint index = IndexOf(standInBe);
        return index == FlowTable.None ? null : _records[index].Address;
    }

    /// <summary>The subscriber with an address, or <see cref="FlowTable.None"/>.</summary>
    public uint Find(in Ipv6Address address, ushort zone)
    {
        for (uint head = _heads[PositionOf(in address, zone)]; head != 0; head = _records[head - 1].Next)
        {
            if (_records[head - 1].Address == address && _records[head - 1].Zone == zone)
                return head - 1;
        }

        return FlowTable.None;
    }

    /// <summary>The subscriber with an address, made if need be, with a user behind it.</summary>
    /// <param name="address">Address, or first address of a /64.</param>
    /// <param name="zone">Zone of the LAN port.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="isNewUser">A user was added.</param>
    /// <returns>Its index, or <see cref="FlowTable.None"/> when this table or the user table is full.</returns>
    public uint FindOrAdd(in Ipv6Address address, ushort zone, long nowMs, out bool isNewUser)
    {
        isNewUser = false;
        uint index = Find(in address, zone);
        if (index != FlowTable.None && HasUser(index))
            return index;
        if (index == FlowTable.None)
            index = Add(in address, zone);
        if (index == FlowTable.None)
            return FlowTable.None;

        // A new entry without a user is found to have none by the sweep.
        uint userIndex = _users.Add(StandInBe(index), zone, nowMs);
        _records[index].UserIndex = userIndex;
        isNewUser = userIndex != FlowTable.None;
        return isNewUser ? index : FlowTable.None;
    }

    /// <summary>Whether the user that a subscriber refers to is still its own.</summary>
    public bool HasUser(uint index)
    {
        ref SubscriberRecord record = ref _records[index];
        return record.UserIndex < _users.UsedIndexEnd && _users[record.UserIndex].AddressBe == StandInBe(index);
    }

    /// <summary>Gives up a few subscribers whose users are gone. Bounded work; call now and then.</summary>
    public void Sweep() => Sweep(SweepCount);

    /// <inheritdoc />
    public void Dispose()
    {
        _records.Dispose();
        _heads.Dispose();
    }

    private uint Add(in Ipv6Address address, ushort zone)
    {
        if (_free == FlowTable.None && _next == (uint)_records.Length)
            Sweep(SweepCountWhenFull);
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

        ref uint head = ref _heads[PositionOf(in address, zone)];
        _records[index] = new SubscriberRecord { Address = address, Zone = zone, UserIndex = FlowTable.None, IsUsed = true, Next = head };
        head = index + 1;
        Count++;
        return index;
    }

    private void Sweep(int count)
    {
        for (int i = 0; i < count && i < _next; i++)
        {
            _sweep = _sweep + 1 < _next ? _sweep + 1 : 0;
            if (_records[_sweep].IsUsed && !HasUser(_sweep))
                Remove(_sweep);
        }
    }

    private void Remove(uint index)
    {
        ref SubscriberRecord record = ref _records[index];
        ref uint link = ref _heads[PositionOf(in record.Address, record.Zone)];
        while (link != index + 1)
            link = ref _records[link - 1].Next;
        link = record.Next;
        record = default;
        record.Next = _free;
        _free = index;
        Count--;
    }

    private uint PositionOf(in Ipv6Address address, ushort zone) => _hash.OfIpv6(in address, default, zone) & _mask;
}
