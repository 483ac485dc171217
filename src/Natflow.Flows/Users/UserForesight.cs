using Natflow.Memory;

namespace Natflow.Flows.Users;

/// <summary>Asks the cache for what lookups and packets of a <see cref="UserTable"/>'s subscribers will touch, many of them before the first is needed.</summary>
/// <remarks>Owner thread only; changes nothing.</remarks>
public sealed class UserForesight
{
    private readonly UserTable _users;
    private readonly NativeArray<uint> _heads;
    private readonly NativeArray<UserRecord> _records;
    private readonly NativeArray<UserGate> _gates;
    private readonly NativeArray<UserRates> _rates;
    private readonly PolicyTable _policies;

    internal UserForesight(
        UserTable users, NativeArray<uint> heads, NativeArray<UserRecord> records, NativeArray<UserGate> gates, NativeArray<UserRates> rates, PolicyTable policies)
    {
        _users = users;
        _heads = heads;
        _records = records;
        _gates = gates;
        _rates = rates;
        _policies = policies;
    }

    /// <summary>Asks for the chain head of an address.</summary>
    /// <returns>The head's position, for the other calls.</returns>
    public uint Head(uint addressBe, ushort zone)
    {
        uint position = _users.PositionOf(addressBe, zone);
        _heads.Prefetch(position);
        return position;
    }

    /// <summary>Asks for the first subscriber of a chain.</summary>
    public void Chain(uint position)
    {
        uint head = _heads[position];
        if (head != 0)
            _records.Prefetch(head - 1);
    }

    /// <summary>Asks for the second subscriber of a chain, where the first one has another address.</summary>
    public void Next(uint position, uint addressBe, ushort zone)
    {
        uint head = _heads[position];
        if (head == 0)
            return;
        ref UserRecord record = ref _records[head - 1];
        if (record.Next != 0 && (record.AddressBe != addressBe || record.Zone != zone))
            _records.Prefetch(record.Next - 1);
    }

    /// <summary>Asks for all that a change of the first subscriber of a chain touches.</summary>
    public void Entry(uint position)
    {
        uint head = _heads[position];
        if (head == 0)
            return;
        User(head - 1);
        _rates.Prefetch(head - 1);
        Policy(head - 1);
    }

    /// <summary>Asks for a subscriber and its gate.</summary>
    public void User(uint index)
    {
        _records.Prefetch(index);
        _gates.Prefetch(index);
    }

    /// <summary>Asks for a subscriber's gate.</summary>
    public void Gate(uint index) => _gates.Prefetch(index);

    /// <summary>Asks for what a policed packet of a subscriber touches.</summary>
    public void Policy(uint index) => _policies.Prefetch(_users.PolicyBase + index);
}
