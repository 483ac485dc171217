using Natflow.Flows.Offers;
using Natflow.Memory;

namespace Natflow.Gateway.Ppe;

/// <summary>The bound flows of a gateway, found by shard and entry of the flow table. Fixed capacity, outside the managed heap. One thread.</summary>
internal sealed class BoundTable : IDisposable
{
    /// <summary>No flow.</summary>
    internal const uint None = uint.MaxValue;

    private readonly NativeArray<BoundFlow> _flows;
    private readonly NativeArray<uint>[] _indices;
    private uint _free = None;

    /// <summary>Maps the table.</summary>
    /// <param name="capacity">Flows bound or leaving.</param>
    /// <param name="flowCapacities">Entries of each shard's table of IPv4 flows and of IPv6 flows, alternating.</param>
    internal BoundTable(int capacity, IEnumerable<int> flowCapacities)
    {
        _flows = new NativeArray<BoundFlow>(capacity);
        _indices = [.. flowCapacities.Select(static flows => new NativeArray<uint>(flows))];
    }

    /// <summary>Flows bound or leaving.</summary>
    internal int Count { get; private set; }

    internal int Capacity => _flows.Length;

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    internal bool TryPopulate() => _indices.Aggregate(_flows.TryPopulate(), static (all, indices) => all & indices.TryPopulate());

    internal uint UsedEnd { get; private set; }

    internal ref BoundFlow this[uint index] => ref _flows[index];

    /// <summary>The bound flow of an offer, or <see cref="None"/>.</summary>
    internal uint Find(FlowCookie cookie)
    {
        uint index = Slot(cookie);
        return index != 0 && _flows[index - 1].Cookie == cookie ? index - 1 : None;
    }

    /// <summary>Takes an entry; the caller saw the room.</summary>
    internal uint Add(FlowCookie cookie)
    {
        uint index = _free;
        if (index != None)
            _free = _flows[index].Next;
        else
            index = UsedEnd++;
        _flows[index] = new BoundFlow { Cookie = cookie, State = BoundState.Bound };
        Slot(cookie) = index + 1;
        Count++;
        return index;
    }

    /// <summary>An offer of the flow that comes now finds nothing any more.</summary>
    internal void Forget(uint index)
    {
        ref uint slot = ref Slot(_flows[index].Cookie);
        if (slot == index + 1)
            slot = 0;
    }

    /// <summary>Gives an entry back.</summary>
    internal void Remove(uint index)
    {
        Forget(index);
        _flows[index] = new BoundFlow { Next = _free };
        _free = index;
        Count--;
    }

    public void Dispose()
    {
        _flows.Dispose();
        foreach (NativeArray<uint> indices in _indices)
            indices.Dispose();
    }

    private ref uint Slot(FlowCookie cookie) => ref _indices[(cookie.ShardIndex * 2) + (cookie.IsIpv6 ? 1 : 0)][cookie.FlowIndex];
}
