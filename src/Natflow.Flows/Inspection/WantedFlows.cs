using Natflow.Core;
using Natflow.Flows.Offers;
using Natflow.Flows.Shards;
using Natflow.Memory;

namespace Natflow.Flows.Inspection;

/// <summary>
/// Flows whose packets an inspector wants, the longest wanted first. A TCP or UDP flow is entered when it opens, and is not offloaded until it is released. Bounded:
/// where there is no room, the flow wanted longest is let go, and counted.
/// </summary>
/// <remarks>Owner thread of the shard; no allocation after start. A packet of a flow that is not wanted costs one bit.</remarks>
public sealed class WantedFlows : IDisposable
{
    /// <summary>No ticket.</summary>
    public const uint None = 0;

    private const int BitsPerWord = 64;

    private readonly ShardState _shard;
    private readonly NativeArray<WantedFlow> _flows; // Element 0 is the head of the ring by age.
    private readonly NativeArray<ulong>[] _bits;
    private readonly NativeArray<uint>[] _tickets;
    private uint _free = None;
    private uint _untouched = 1;

    /// <summary>Reserves memory.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="capacity">Flows that may be wanted at once.</param>
    internal WantedFlows(ShardState shard, int capacity)
    {
        _shard = shard;
        _flows = new NativeArray<WantedFlow>(capacity + 1);
        int[] capacities = [shard.Flows.Capacity, shard.Ipv6.Flows.Capacity];
        _bits = [.. capacities.Select(static flows => new NativeArray<ulong>((flows / BitsPerWord) + 1))];
        _tickets = [.. capacities.Select(static flows => new NativeArray<uint>(flows))];
    }

    /// <summary>New flows are entered. Switching off releases those that are wanted.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Flows that are wanted.</summary>
    public int Count { get; private set; }

    /// <summary>Flows that were let go to make room for others.</summary>
    public ulong Evicted { get; private set; }

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _flows.LengthBytes + _bits.Sum(static bits => bits.LengthBytes) + _tickets.Sum(static tickets => tickets.LengthBytes);

    /// <summary>A wanted flow.</summary>
    public ref WantedFlow this[uint ticket] => ref _flows[ticket];

    /// <summary>The ticket of a flow, or <see cref="None"/> when it is not wanted.</summary>
    public uint TicketOf(bool isIpv6, uint flowIndex)
    {
        int family = isIpv6 ? 1 : 0;
        return (_bits[family][flowIndex / BitsPerWord] >> (int)(flowIndex % BitsPerWord) & 1) == 0 ? None : _tickets[family][flowIndex];
    }

    /// <summary>Lets a flow go: nobody looks at it any more, and it may be offloaded.</summary>
    public void Release(uint ticket)
    {
        ref WantedFlow flow = ref _flows[ticket];
        bool isIpv6 = flow.IsIpv6;
        uint flowIndex = flow.FlowIndex;
        Remove(ticket);
        if (_shard.Offload is { } offload)
            offload.SetBusy(isIpv6, flowIndex, offload.BusyOf(isIpv6, flowIndex) & ~OffloadBusy.Inspector);
    }

    /// <summary>The flow wanted longest, when it is wanted since before a time.</summary>
    /// <returns>Its ticket, or <see cref="None"/>.</returns>
    public uint OldestBefore(long sinceMs)
    {
        uint oldest = _flows[None].Newer;
        return oldest != None && _flows[oldest].SinceMs < sinceMs ? oldest : None;
    }

    /// <summary>Makes a flow one that is wanted since now.</summary>
    public void Renew(uint ticket, long nowMs)
    {
        ref WantedFlow flow = ref _flows[ticket];
        Unlink(in flow);
        Link(ticket, ref flow, nowMs);
    }

    /// <summary>Switches on or off. Off releases all: as many steps as flows are wanted.</summary>
    public void Switch(bool isOn)
    {
        IsOn = isOn;
        while (!isOn && _flows[None].Newer != None)
            Release(_flows[None].Newer);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _flows.Dispose();
        foreach (NativeArray<ulong> bits in _bits)
            bits.Dispose();
        foreach (NativeArray<uint> tickets in _tickets)
            tickets.Dispose();
    }

    internal void OnOpened(bool isIpv6, uint flowIndex, byte protocol, long nowMs)
    {
        if (!IsOn || protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
            return;
        if (_free == None && _untouched == (uint)_flows.Length)
        {
            Evicted++;
            Release(_flows[None].Newer);
        }

        uint ticket = _free != None ? _free : _untouched++;
        if (_free != None)
            _free = _flows[ticket].Newer;
        ref WantedFlow flow = ref _flows[ticket];
        flow = new WantedFlow { FlowIndex = flowIndex, IsIpv6 = isIpv6 };
        Link(ticket, ref flow, nowMs);
        int family = isIpv6 ? 1 : 0;
        _bits[family][flowIndex / BitsPerWord] |= 1UL << (int)(flowIndex % BitsPerWord);
        _tickets[family][flowIndex] = ticket;
        Count++;
        if (_shard.Offload is { } offload)
            offload.SetBusy(isIpv6, flowIndex, offload.BusyOf(isIpv6, flowIndex) | OffloadBusy.Inspector);
    }

    internal void OnEnded(bool isIpv6, uint flowIndex)
    {
        uint ticket = TicketOf(isIpv6, flowIndex);
        if (ticket != None)
            Remove(ticket);
    }

    private void Remove(uint ticket)
    {
        ref WantedFlow flow = ref _flows[ticket];
        Unlink(in flow);
        _bits[flow.IsIpv6 ? 1 : 0][flow.FlowIndex / BitsPerWord] &= ~(1UL << (int)(flow.FlowIndex % BitsPerWord));
        flow.Mark = 0;
        flow.Newer = _free;
        _free = ticket;
        Count--;
    }

    private void Unlink(ref readonly WantedFlow flow)
    {
        _flows[flow.Older].Newer = flow.Newer;
        _flows[flow.Newer].Older = flow.Older;
    }

    private void Link(uint ticket, ref WantedFlow flow, long nowMs)
    {
        ref WantedFlow ring = ref _flows[None];
        flow.SinceMs = nowMs;
        flow.Older = ring.Older;
        flow.Newer = None;
        _flows[ring.Older].Newer = ticket;
        ring.Older = ticket;
    }
}
