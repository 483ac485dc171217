using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Memory;
using Natflow.Packets.Family;

namespace Natflow.Flows.Ipv6;

/// <summary>What a shard owns of IPv6: flows, subscribers, fragments, mappings, prefixes, the gateway's own addresses, counters.</summary>
/// <remarks>One owner thread, the flow actor's. All memory is reserved at start. Users, their quotas and bytes are the shard's (<see cref="ShardState.Users"/>).</remarks>
public sealed class Ipv6State : IDisposable
{
    private const int ExpiriesPerCall = 256;
    private const int WithdrawnMax = 16;
    private const long SweepIntervalMs = 100;

    private readonly ShardState _shard;
    private readonly Ipv6Translation _translation;
    private readonly List<Ipv6Prefix> _withdrawn = new(WithdrawnMax);
    private Ipv6Prefix[] _lanPrefixes;
    private Padded<Ipv6Counters> _counters;
    private long _sweptMs;

    /// <summary>Reserves the memory.</summary>
    /// <param name="shard">The shard; its settings are valid and its users are there.</param>
    /// <param name="nowMs">Shard clock at start, ms.</param>
    internal Ipv6State(ShardState shard, long nowMs)
    {
        _shard = shard;
        NatSettings nat = shard.Settings;
        Settings = nat.Ipv6;
        Flows = new Ipv6FlowTable(Settings.FlowCapacity, shard.Hash);
        unsafe
        {
            Wheel = new TimerWheel(Flows.TimerLinks, Ipv6FlowRecord.SizeBytes, nowMs);
        }

        Subscribers = new SubscriberTable(shard.Users, nat.UserCapacity, nat.ShardIndex, shard.Hash);
        Fragments = new Ipv6FragmentTable(Settings.FragmentCapacity, shard.Hash);
        Nat66 = Settings.Mode == Ipv6Mode.Masquerade
            ? new Nat66Table(Settings.PublicAddresses, nat.ShardIndex, nat.ShardCount, Settings.FlowCapacity, shard.Hash)
            : null;
        Translators = Settings.Mode == Ipv6Mode.PrefixTranslation
            ? [.. Settings.PrefixPairs.Select(static pair => new PrefixTranslator(pair.Inside, pair.Outside))]
            : [];
        _translation = new Ipv6Translation(this);
        Nat64 = Settings.Nat64Prefix is { } prefix ? new Nat64Prefix(prefix) : null;
        Ftp = new Ipv6FtpPath(shard);
        Budget = new ErrorBudget(Settings.ErrorsPerSecondMax, nowMs);
        _lanPrefixes = [.. Settings.LanPrefixes];
        OwnAddresses = [Settings.LanAddress, Settings.WanAddress];
        _sweptMs = nowMs;
    }

    /// <summary>How the shard handles IPv6.</summary>
    public Ipv6Settings Settings { get; private set; }

    /// <summary>The flows.</summary>
    public Ipv6FlowTable Flows { get; }

    /// <summary>The subscribers.</summary>
    public SubscriberTable Subscribers { get; }

    /// <summary>NAT66 mappings; null in the other modes.</summary>
    public Nat66Table? Nat66 { get; }

    /// <summary>Counters. Owner thread only.</summary>
    public ref Ipv6Counters Counters => ref _counters.Value;

    /// <summary>Bytes reserved for all tables.</summary>
    public long LengthBytes => Flows.LengthBytes + Subscribers.LengthBytes + Fragments.LengthBytes + Ftp.LengthBytes + (Nat66?.LengthBytes ?? 0);

    /// <summary>The subscribers' prefixes; empty when any source is a subscriber.</summary>
    public IReadOnlyList<Ipv6Prefix> LanPrefixes => _lanPrefixes;

    internal TimerWheel Wheel { get; }

    internal Ipv6FragmentTable Fragments { get; }

    internal PrefixTranslator[] Translators { get; }

    internal Nat64Prefix? Nat64 { get; }

    internal Ipv6FtpPath Ftp { get; }

    internal ErrorBudget Budget { get; private set; }

    /// <summary>The gateway's own addresses by <see cref="Side"/>.</summary>
    internal Ipv6Address?[] OwnAddresses { get; }

    /// <summary>Takes the filter and the rate of errors of other rules.</summary>
    internal void Apply(Ipv6Settings rules)
    {
        Settings = Settings with
        {
            Filter = rules.Filter,
            EchoFromOutside = rules.EchoFromOutside,
            IpsecFromOutside = rules.IpsecFromOutside,
            ErrorsPerSecondMax = rules.ErrorsPerSecondMax,
        };
        Budget = new ErrorBudget(rules.ErrorsPerSecondMax, _sweptMs);
    }

    /// <summary>Sets the gateway's own address on a side; null where it has none: no errors are sent there.</summary>
    public void SetOwnAddress(Side side, Ipv6Address? address) => OwnAddresses[(int)side] = address;

    /// <summary>
    /// Replaces the subscribers' prefixes, as when the provider delegates others. Sources in a prefix that is gone are told so by ICMPv6 (RFC 4443
    /// section 3.1 code 5), and their flows end on their next packet.
    /// </summary>
    public void SetLanPrefixes(IReadOnlyList<Ipv6Prefix> prefixes)
    {
        foreach (Ipv6Prefix gone in _lanPrefixes.Where(old => !prefixes.Contains(old)))
        {
            if (_withdrawn.Count == WithdrawnMax)
                _withdrawn.RemoveAt(0);
            _withdrawn.Add(gone);
        }

        _withdrawn.RemoveAll(prefixes.Contains);
        _lanPrefixes = [.. prefixes];
        _shard.Paths.BumpAll();
    }

    /// <summary>Whether a source was a subscriber's until its prefix was withdrawn.</summary>
    internal bool IsWithdrawn(in Ipv6Address address)
    {
        foreach (Ipv6Prefix prefix in _withdrawn)
        {
            if (prefix.Contains(in address))
                return !IsLan(in address);
        }

        return false;
    }

    /// <summary>Whether the other end of a flow is a subscriber, by its address on the outside.</summary>
    public bool IsHairpin(ref readonly Ipv6FlowRecord flow) => _translation.IsOutside(in flow.Remote);

    /// <summary>The subscriber's end of a flow as the outside sees it.</summary>
    /// <param name="flow">A living flow.</param>
    /// <param name="external">The address; the subscriber's own where it is not translated.</param>
    /// <param name="portBe">The port or echo identifier, network order.</param>
    /// <returns>False for an address that the prefix translation cannot carry.</returns>
    public bool TryFindExternal(ref readonly Ipv6FlowRecord flow, out Ipv6Address external, out ushort portBe)
    {
        portBe = flow.InsidePortBe;
        external = flow.Inside;
        if (Nat66 is not { } nat66)
            return _translation.TryToOutside(in flow.Inside, out external) == DropReason.None;
        external = nat66.AddressOf(in nat66[flow.MappingIndex]);
        portBe = nat66[flow.MappingIndex].ExternalPortBe;
        return true;
    }

    /// <summary>Idle time in ms after which a flow ends.</summary>
    public long IdleLimitMs(ref readonly Ipv6FlowRecord flow) => _shard.TimeoutsMs[(int)flow.State];

    /// <summary>Whether an address lies in a subscribers' prefix.</summary>
    internal bool IsLan(in Ipv6Address address)
    {
        foreach (Ipv6Prefix prefix in _lanPrefixes)
        {
            if (prefix.Contains(in address))
                return true;
        }

        return false;
    }

    /// <summary>The user of an IPv6 address in the shard's user table, or <see cref="FlowTable.None"/>.</summary>
    public uint FindUser(in Ipv6Address address, ushort zone)
    {
        Ipv6Address key = SubscriberKey(in address);
        uint index = Subscribers.Find(in key, zone);
        return index != FlowTable.None && Subscribers.HasUser(index) ? Subscribers[index].UserIndex : FlowTable.None;
    }

    /// <summary>The user of an IPv6 address, made where there is none; <see cref="FlowTable.None"/> where there is no room.</summary>
    internal uint FindOrAddUser(in Ipv6Address address, ushort zone, long nowMs)
    {
        Ipv6Address key = SubscriberKey(in address);
        uint index = Subscribers.FindOrAdd(in key, zone, nowMs, out _);
        return index == FlowTable.None ? FlowTable.None : Subscribers[index].UserIndex;
    }

    /// <summary>The address by which a user is reached: that of the IPv6 subscriber behind a stand-in, else the user's own mapped into IPv6.</summary>
    /// <param name="addressBe">Address of the user in the user table.</param>
    public UInt128 RoutedAddress(uint addressBe)
    {
        uint index = Subscribers.IndexOf(addressBe);
        return index == FlowTable.None ? MappedAddress.OfBe(addressBe) : Subscribers[index].Address.ToUInt128();
    }

    /// <summary>The way to a subscriber's address. Where a subscriber has many, its user has no way of its own: each packet asks.</summary>
    internal ushort InsidePath(in Ipv6Address address, uint userIndex, ushort zone) =>
        Settings.SubscriberBits == 128 ? _shard.InsidePath(userIndex) : _shard.Resolver.Inside(address.ToUInt128(), zone);

    /// <summary>The way out of a flow.</summary>
    internal ushort OutsidePath(ref readonly Ipv6FlowRecord flow) =>
        flow.PathIndex == PathTable.PerPacket ? _shard.Resolver.Outside(flow.Remote.ToUInt128()) : flow.PathIndex;

    /// <summary>What a subscriber is known by: its address, or its /64.</summary>
    internal Ipv6Address SubscriberKey(in Ipv6Address address) => Settings.SubscriberBits == 64 ? address with { LowBe = 0 } : address;

    /// <summary>Whether a flow's idle time is over. Exact to the millisecond.</summary>
    public bool IsExpired(ref readonly Ipv6FlowRecord flow, long nowMs) => (uint)nowMs - flow.LastSeenMs >= _shard.TimeoutsMs[(int)flow.State];

    /// <summary>As <see cref="IsExpired"/>, but a flow that a PPE may have seen since is given the time in which that is told.</summary>
    internal bool IsOver(uint flowIndex, long nowMs)
    {
        ref Ipv6FlowRecord flow = ref Flows.Flow(flowIndex);
        return IsExpired(in flow, nowMs) && (uint)nowMs - flow.LastSeenMs >= _shard.TimeoutsMs[(int)flow.State] + (_shard.Offload?.GraceMs(isIpv6: true, flowIndex) ?? 0);
    }

    /// <summary>Ends a flow.</summary>
    public void End(uint flowIndex, long nowMs)
    {
        Wheel.Unschedule(flowIndex);
        EndUnscheduled(flowIndex, nowMs);
    }

    /// <summary>Ends what has expired. Bounded work; call once a burst or tick.</summary>
    /// <returns>True when there is more to do now.</returns>
    public bool Advance(long nowMs)
    {
        int done = 0;
        while (done < ExpiriesPerCall && Wheel.TryTakeDue(nowMs, out uint flowIndex))
        {
            done++;
            ref Ipv6FlowRecord flow = ref Flows.Flow(flowIndex);
            uint idleMs = (uint)nowMs - flow.LastSeenMs;
            uint limitMs = _shard.TimeoutsMs[(int)flow.State] + (_shard.Offload?.GraceMs(isIpv6: true, flowIndex) ?? 0);
            if (idleMs >= limitMs)
                EndUnscheduled(flowIndex, nowMs);
            else
                Wheel.Schedule(flowIndex, nowMs + limitMs - idleMs);
        }

        if (nowMs - _sweptMs >= SweepIntervalMs)
        {
            _sweptMs = nowMs;
            Subscribers.Sweep();
            Ftp.Advance(nowMs);
        }

        return done == ExpiriesPerCall;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Flows.Dispose();
        Wheel.Dispose();
        Subscribers.Dispose();
        Fragments.Dispose();
        Nat66?.Dispose();
        Ftp.Dispose();
    }

    private void EndUnscheduled(uint flowIndex, long nowMs)
    {
        ref Ipv6FlowRecord flow = ref Flows.Flow(flowIndex);
        if (flow.MappingIndex != FlowTable.None)
            Nat66!.Release(flow.MappingIndex);
        if ((flow.Flags & Ipv6FlowFlags.Helper) != Ipv6FlowFlags.None)
            Ftp.OnEnded(flowIndex);
        _shard.Traffic.OnEnded(isIpv6: true, flowIndex, flow.UserIndex, flow.PacketsOut, flow.BytesOut, flow.PacketsIn, flow.BytesIn);
        _shard.Users.OnFlowEnded(flow.UserIndex, flow.BytesOut, flow.BytesIn, nowMs);
        _shard.Wanted?.OnEnded(isIpv6: true, flowIndex);
        _shard.Hosts?.OnEnded(isIpv6: true, flowIndex);
        _shard.Offload?.OnEnded(isIpv6: true, flowIndex);
        Flows.Remove(flowIndex);
        Counters.FlowsEnded++;
    }
}
