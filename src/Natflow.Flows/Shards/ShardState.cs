using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Alg;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Fragments;
using Natflow.Flows.Hosts;
using Natflow.Flows.Inspection;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Limits;
using Natflow.Flows.Offers;
using Natflow.Flows.Paths;
using Natflow.Flows.Pcp;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Memory;

namespace Natflow.Flows.Shards;

/// <summary>Everything one shard owns: flows, mappings, port blocks, subscribers, fragments, timers, generations, counters.</summary>
/// <remarks>One owner thread, the flow actor's. All memory is reserved at start.</remarks>
public sealed class ShardState : IDisposable
{
    private const int ExpiriesPerCall = 256;

    private readonly uint[] _timeoutsMs = new uint[byte.MaxValue + 1];
    private readonly bool[] _withdrawn;
    private long _userIdleMs;
    private readonly ushort[] _endpointDependentPortsBe;
    private ushort[] _udpShortPortsBe = [];
    private readonly uint[] _icmpSourcesBe = new uint[2];
    private int _withdrawnCount;
    private int _identification;
    private readonly Ipv4Prefix[] _lanPrefixes;
    private readonly ForwardRules _forwards;
    private Padded<ShardCounters> _counters;

    /// <summary>Reserves the shard's memory.</summary>
    /// <param name="settings">Valid settings (<see cref="NatSettings.Validate"/>).</param>
    /// <param name="pool">The gateway's public addresses; shared by its shards, disposed by the gateway.</param>
    /// <param name="nowMs">Shard clock at start, ms.</param>
    /// <param name="paths">The ways that <paramref name="resolver"/> fills; disposed with this. Null keeps every frame's link header.</param>
    /// <param name="resolver">Finds the ways; null keeps every frame's link header.</param>
    /// <param name="policies">The gateway's policy records, of which the shard takes its range; null makes some for it alone.</param>
    public ShardState(
        NatSettings settings, PublicPool pool, long nowMs, PathTable? paths = null, IPathResolver? resolver = null, PolicyTable? policies = null)
    {
        if (settings.Validate() is { Count: > 0 } errors)
            throw new ArgumentException(string.Join("; ", errors), nameof(settings));

        Settings = settings;
        Pool = pool;
        Paths = paths ?? new PathTable();
        Resolver = resolver ?? AsIsPaths.Instance;
        Hash = new FlowHash(settings.Seed);
        Flows = new FlowTable(settings.FlowCapacity, Hash);
        Wheel = new TimerWheel(Flows, nowMs);
        Mappings = new MappingTable(settings.FlowCapacity, Hash);
        Users = new UserTable(settings.UserCapacity, Hash, policies, policies is null ? 0 : PolicyTable.UserBase + (uint)(settings.ShardIndex * settings.UserCapacity)) { DefaultLimits = settings.UserLimits };
        Blocks = new PortBlocks(settings, pool);
        Fragments = new FragmentTable(settings.FragmentCapacity, Hash);
        Leases = new BlockLeases(this);
        _endpointDependentPortsBe = [.. settings.EndpointDependentPorts.Select(BinaryPrimitives.ReverseEndianness)];
        int start = (int)(Hash.Of((ulong)nowMs) & ushort.MaxValue);
        _identification = start - (start % settings.ShardCount) + settings.ShardIndex; // All shards draw the same start: theirs is the residue.
        TakeRules(settings);
        _withdrawn = new bool[pool.Capacity];
        _lanPrefixes = [.. settings.LanPrefixes];
        _forwards = new ForwardRules(this);
        _forwards.Apply(settings.PortForwards);
        Alg = new AlgState(this);
        Ipv6 = new Ipv6State(this, nowMs);
        Policies = new PolicyGate(this, policies);
        Traffic = new TrafficPass(this);
        Pcp = settings.Pcp is { } pcp ? new PcpServer(this, pcp, nowMs) : null;
    }

    /// <summary>How the shard translates. Another object after <see cref="Apply"/>.</summary>
    public NatSettings Settings { get; private set; }

    /// <summary>The gateway's public addresses.</summary>
    public PublicPool Pool { get; }

    /// <summary>The keyed hash of this gateway.</summary>
    public FlowHash Hash { get; }

    /// <summary>The flows.</summary>
    public FlowTable Flows { get; }

    /// <summary>The mappings; empty in endpoint-dependent mode.</summary>
    public MappingTable Mappings { get; }

    /// <summary>The subscribers.</summary>
    public UserTable Users { get; }

    /// <summary>The port blocks.</summary>
    public PortBlocks Blocks { get; }

    /// <summary>Events of the port blocks, for whoever keeps the log.</summary>
    public PortBlockLog BlockLog { get; } = new();

    /// <summary>Begin and end of flows, for whoever keeps the log; null unless <see cref="LogSessions"/> was called.</summary>
    public SessionLog? SessionLog { get; private set; }

    /// <summary>Datagrams in fragments.</summary>
    public FragmentTable Fragments { get; }

    /// <summary>Application level gateways.</summary>
    public AlgState Alg { get; }

    /// <summary>What the shard owns of IPv6.</summary>
    public Ipv6State Ipv6 { get; }

    /// <summary>Port control for the shard's subscribers; null where it is off.</summary>
    public PcpServer? Pcp { get; }

    /// <summary>The gateway's rules, as this shard applies them.</summary>
    public PolicyGate Policies { get; }

    /// <summary>What each subscriber sent and got.</summary>
    public TrafficPass Traffic { get; }

    /// <summary>The shard's side of offload; null where there is no PPE.</summary>
    public ShardOffload? Offload { get; private set; }

    /// <summary>Flows whose packets an inspector wants; null where nothing is inspected.</summary>
    public WantedFlows? Wanted { get; private set; }

    /// <summary>Which hosts flows asked for, and which are refused; null where nothing is inspected.</summary>
    public HostGate? Hosts { get; private set; }

    /// <summary>The ways to next hops.</summary>
    public PathTable Paths { get; }

    /// <summary>Drops by reason.</summary>
    public ReasonCounters Drops { get; } = new();

    /// <summary>Counters. Owner thread only; others get a copy by message.</summary>
    public ref ShardCounters Counters => ref _counters.Value;

    /// <summary>Bytes reserved for all tables.</summary>
    public long LengthBytes => Flows.LengthBytes + Mappings.LengthBytes + Users.LengthBytes + Blocks.LengthBytes + Fragments.LengthBytes
        + (Peers?.LengthBytes ?? 0) + Alg.LengthBytes + Ipv6.LengthBytes + (Pcp?.LengthBytes ?? 0) + Policies.LengthBytes;

    /// <summary>The subscribers' networks; empty when any source is a subscriber.</summary>
    public ReadOnlySpan<Ipv4Prefix> LanPrefixes => _lanPrefixes;

    internal TimerWheel Wheel { get; }

    /// <summary>Who gets which blocks.</summary>
    internal BlockLeases Leases { get; }

    /// <summary>Who may send to which mapping; only in address-dependent filtering.</summary>
    internal PeerTable? Peers { get; private set; }

    /// <summary>Rate of a subscriber's new mappings.</summary>
    internal RateLimit MappingRate { get; private set; }

    /// <summary>Rate of the gateway's own ICMP messages of both families.</summary>
    internal RateLimit IcmpRate { get; private set; }

    /// <summary>Rate of these to one subscriber.</summary>
    internal RateLimit IcmpUserRate { get; private set; }

    /// <summary>Idle limit in ms by <see cref="FlowState"/> value.</summary>
    internal ReadOnlySpan<uint> TimeoutsMs => _timeoutsMs;

    /// <summary>Finds the ways.</summary>
    public IPathResolver Resolver { get; }

    /// <summary>Whether a flow's idle time is over. Exact to the millisecond, whether or not the wheel came round.</summary>
    public bool IsExpired(ref readonly FlowRecord flow, long nowMs) => (uint)nowMs - flow.LastSeenMs >= _timeoutsMs[(int)flow.State];

    /// <summary>As <see cref="IsExpired"/>, but a flow that a PPE may have seen since is given the time in which that is told.</summary>
    internal bool IsOver(uint flowIndex, long nowMs)
    {
        ref FlowRecord flow = ref Flows.Flow(flowIndex);
        return IsExpired(in flow, nowMs) && (uint)nowMs - flow.LastSeenMs >= _timeoutsMs[(int)flow.State] + (Offload?.GraceMs(isIpv6: false, flowIndex) ?? 0);
    }

    /// <summary>Makes room for flows that an inspector wants; none are, until it is switched on. Before frames come.</summary>
    /// <param name="capacity">Flows that may be wanted at once.</param>
    /// <param name="hostCapacity">Different hosts whose names are kept at once.</param>
    public void AttachInspection(int capacity, int hostCapacity)
    {
        Wanted = new WantedFlows(this, capacity);
        Hosts = new HostGate(this, hostCapacity);
    }

    /// <summary>Offers flows to a PPE from now on. Before frames come.</summary>
    /// <param name="link">The rings to the offload actor; outlive the shard.</param>
    /// <param name="limits">What the PPE can take.</param>
    /// <param name="linkStride">Ways of each shard in the gateway's numbering.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    public void AttachOffload(OfferLink link, OfferLimits limits, int linkStride, long nowMs) => Offload = new ShardOffload(this, link, limits, linkStride, nowMs);

    /// <summary>Idle time in ms after which a flow ends.</summary>
    public long IdleLimitMs(ref readonly FlowRecord flow) => _timeoutsMs[(int)flow.State];

    /// <summary>Logs begin and end of each flow from now on. Before frames come.</summary>
    public void LogSessions() => SessionLog ??= new SessionLog(this);

    /// <summary>Starts the timer of a flow whose last-seen time is set.</summary>
    internal void Schedule(uint flowIndex, long nowMs) =>
        Wheel.Schedule(flowIndex, nowMs + _timeoutsMs[(int)Flows.Flow(flowIndex).State]);

    /// <summary>Whether an address (host byte order) lies in a subscribers' network.</summary>
    public bool IsLan(uint address)
    {
        foreach (Ipv4Prefix prefix in _lanPrefixes)
        {
            if (prefix.Contains(address))
                return true;
        }

        return false;
    }

    /// <summary>Ends a flow: out of index, timer and counts; its mapping and port go with the last flow that used them.</summary>
    public void End(uint flowIndex, long nowMs)
    {
        Wheel.Unschedule(flowIndex);
        EndUnscheduled(flowIndex, nowMs);
    }

    /// <summary>Ends what has expired: flows, holds of port blocks, idle subscribers. Bounded work; call once a burst or tick.</summary>
    /// <returns>True when there is more to do now.</returns>
    public bool Advance(long nowMs)
    {
        int done = 0;
        while (done < ExpiriesPerCall && Wheel.TryTakeDue(nowMs, out uint flowIndex))
        {
            done++;
            ref FlowRecord flow = ref Flows.Flow(flowIndex);
            uint idleMs = (uint)nowMs - flow.LastSeenMs;
            uint limitMs = _timeoutsMs[(int)flow.State] + (Offload?.GraceMs(isIpv6: false, flowIndex) ?? 0);
            if (idleMs >= limitMs)
                EndUnscheduled(flowIndex, nowMs);
            else
                Wheel.Schedule(flowIndex, nowMs + limitMs - idleMs);
        }

        Offload?.Poll(nowMs);
        Traffic.Advance(nowMs);
        Alg.Advance(nowMs);
        Pcp?.Advance(nowMs);
        Blocks.ReleaseHeld(nowMs);
        for (int i = 0; i < ExpiriesPerCall && Users.TryPeekIdle(nowMs - _userIdleMs, out uint userIndex); i++)
        {
            Leases.ReleaseAll(userIndex, nowMs);
            ReleaseInsidePath(userIndex);
            if ((Users[userIndex].Marks & UserMarks.Pinned) != UserMarks.None)
                Users.Park(userIndex);
            else
                Users.Remove(userIndex);
        }

        return Ipv6.Advance(nowMs) | (done == ExpiriesPerCall);
    }

    /// <summary>
    /// Takes other rules in the place of those of now, all at once: idle times, limits, rates, filtering, ICMP, exempt destinations, helpers, limits of port
    /// control, port forwards (<see cref="ReserveForwards"/> first). Flows live on, and are evaluated anew at their next packet. What sizes the tables,
    /// names public addresses and the range of ports, or says who owns them must be as it is.
    /// </summary>
    /// <param name="rules">Valid settings.</param>
    /// <remarks>O(flows) where address-dependent filtering is new, else O(1).</remarks>
    public void Apply(NatSettings rules)
    {
        Settings = rules with { ShardIndex = Settings.ShardIndex };
        TakeRules(rules);
        Blocks.Apply(Settings);
        Users.ApplyLimits(rules.UserLimits);
        Ipv6.Apply(rules.Ipv6);
        Alg.Apply(rules.Alg);
        Ipv6.Ftp.Apply(rules);
        if (rules.Pcp is { } pcp)
            Pcp?.Apply(pcp);
        _forwards.Apply(rules.PortForwards);
        Paths.BumpAll();
    }

    /// <summary>Keeps the external ports of port forwards that <see cref="Apply"/> is to bring, so that no subscriber gets them meanwhile.</summary>
    /// <param name="wanted">Valid ones; those in force may be among them. None gives up what was kept before.</param>
    /// <returns>Those whose port a subscriber uses, or that find no room.</returns>
    public IReadOnlyList<PortForward> ReserveForwards(IReadOnlyList<PortForward> wanted) => _forwards.Reserve(wanted);

    private void TakeRules(NatSettings rules)
    {
        rules.Timeouts.ToMilliseconds().CopyTo(_timeoutsMs, 0);
        _udpShortPortsBe = [.. rules.UdpShortPorts.Select(BinaryPrimitives.ReverseEndianness)];
        _userIdleMs = (long)rules.UserIdle.TotalMilliseconds;
        MappingRate = new RateLimit(rules.MappingsPerSecondMax, rules.MappingsPerSecondMax);
        IcmpRate = new RateLimit(rules.IcmpErrorsPerSecondMax, rules.IcmpErrorsPerSecondMax);
        IcmpUserRate = new RateLimit(rules.IcmpErrorsPerUserPerSecondMax, rules.IcmpErrorsPerUserPerSecondMax);
        bool needsPeers = rules.Filtering == FilteringMode.AddressDependent || rules.TcpFiltering == FilteringMode.AddressDependent;
        if (needsPeers && Peers is null)
            Peers = FindPeers();
    }

    // Once there it is kept up: filtering may change back and forth.
    private PeerTable FindPeers()
    {
        var peers = new PeerTable(Settings.FlowCapacity, Hash);
        for (uint index = 0; index < Flows.UsedIndexEnd; index++)
        {
            if (Flows.Flow(index).State != FlowState.None && Flows.Cold(index).MappingIndex != FlowTable.None)
                peers.Add(Flows.Cold(index).MappingIndex, Flows.Flow(index).RemoteAddrBe);
        }

        return peers;
    }

    /// <summary>Ends all flows of both IP versions.</summary>
    /// <remarks>O(flows).</remarks>
    public void EndAll(long nowMs)
    {
        for (uint index = 0; index < Flows.UsedIndexEnd; index++)
        {
            if (Flows.Flow(index).State != FlowState.None)
                End(index, nowMs);
        }

        for (uint index = 0; index < Ipv6.Flows.UsedIndexEnd; index++)
        {
            if (Ipv6.Flows.Flow(index).State != FlowState.None)
                Ipv6.End(index, nowMs);
        }
    }

    /// <summary>Sets whether a subscriber's packets pass; exactly this subscriber's flows are re-evaluated on their next packet.</summary>
    public void SetUserVerdict(uint userIndex, Verdict verdict)
    {
        Users.SetVerdict(userIndex, verdict);
    }

    /// <summary>Takes a public address out of service: its flows end on their next packet, its subscribers are paired anew.</summary>
    public void WithdrawAddress(int addressIndex)
    {
        if (_withdrawn[addressIndex])
            return;
        _withdrawn[addressIndex] = true;
        _withdrawnCount++;
        Paths.BumpAll();
    }

    /// <summary>Takes a withdrawn public address into service again: new subscribers are paired with it.</summary>
    public void RestoreAddress(int addressIndex)
    {
        if (!_withdrawn[addressIndex])
            return;
        _withdrawn[addressIndex] = false;
        _withdrawnCount--;
    }

    /// <summary>Address that the gateway's own ICMP errors come from on a side, network byte order; 0 where none is known: then none are sent.</summary>
    public uint IcmpSourceBe(Side side) => _icmpSourcesBe[(int)side];

    /// <summary>Sets the source of the gateway's own ICMP errors on a side, at any time: the interface's address there.</summary>
    /// <param name="side">Side that the errors leave by.</param>
    /// <param name="addressBe">Network byte order; 0 stops them.</param>
    public void SetIcmpSource(Side side, uint addressBe) => _icmpSourcesBe[(int)side] = addressBe;

    /// <summary>Whether a public address, network byte order, is out of service.</summary>
    internal bool IsWithdrawnBe(uint addressBe) => _withdrawnCount != 0 && Pool.IndexOf(addressBe) is >= 0 and int index && _withdrawn[index];

    /// <summary>Whether any public address is out of service.</summary>
    internal bool HasWithdrawn => _withdrawnCount != 0;

    /// <summary>Whether flows to a remote port have no endpoint-independent mapping.</summary>
    internal bool IsEndpointDependent(in FlowKey outKey) => Settings.Mapping == MappingMode.AddressAndPortDependent
        || (_endpointDependentPortsBe.Length != 0 && outKey.Protocol != IpProtocol.Icmp && _endpointDependentPortsBe.AsSpan().Contains(outKey.DstPortBe));

    /// <summary>Whether UDP flows to a remote port have the short timer.</summary>
    internal bool HasShortTimer(ushort remotePortBe) => _udpShortPortsBe.Length != 0 && _udpShortPortsBe.AsSpan().Contains(remotePortBe);

    /// <summary>Who may send to a mapping of a protocol.</summary>
    internal FilteringMode FilteringOf(byte protocol) =>
        protocol == IpProtocol.Tcp ? Settings.TcpFiltering ?? Settings.Filtering : Settings.Filtering;

    /// <summary>
    /// An identification that no other datagram from behind the shared addresses had lately (RFC 6864, RFC 7857 section 10): each shard counts through its
    /// own numbers.
    /// </summary>
    internal ushort NextIdentificationBe()
    {
        _identification += Settings.ShardCount;
        if (_identification > ushort.MaxValue)
            _identification = Settings.ShardIndex;
        return BinaryPrimitives.ReverseEndianness((ushort)_identification);
    }

    /// <summary>Notes that the inside end wanted a flow: its mapping stays open for others.</summary>
    internal void Keep(ref FlowRecord flow, uint flowIndex)
    {
        flow.Flags |= FlowFlags.Keeper;
        uint mappingIndex = Flows.Cold(flowIndex).MappingIndex;
        if (mappingIndex != FlowTable.None)
            Mappings[mappingIndex].KeeperCount++;
    }

    /// <summary>Whether nobody inside wants a flow from outside any more: its mapping lives by strangers' packets alone (RFC 7857 section 7).</summary>
    internal bool IsForsaken(ref readonly FlowRecord flow, uint flowIndex)
    {
        if ((flow.Flags & (FlowFlags.StartedOutside | FlowFlags.Keeper)) != FlowFlags.StartedOutside)
            return false;
        uint mappingIndex = Flows.Cold(flowIndex).MappingIndex;
        return mappingIndex != FlowTable.None && Mappings[mappingIndex].KeeperCount == 0;
    }

    /// <summary>The way to a subscriber, asked for when it is first needed.</summary>
    /// <returns>Index of the way, or <see cref="PathTable.None"/>.</returns>
    internal ushort InsidePath(uint userIndex)
    {
        ref UserGate gate = ref Users.Gate(userIndex);
        if (Paths[gate.PathIndex].State == PathState.Stale)
            ReleaseInsidePath(userIndex);
        if (gate.PathIndex == PathTable.None)
        {
            ref UserRecord user = ref Users[userIndex];
            gate.PathIndex = Resolver.Inside(Ipv6.RoutedAddress(user.AddressBe), user.Zone);
            Paths.Acquire(gate.PathIndex);
        }

        return gate.PathIndex;
    }

    /// <summary>Forgets the way to a subscriber: it is asked for anew when it is next needed.</summary>
    internal void ReleaseInsidePath(uint userIndex)
    {
        ref UserGate gate = ref Users.Gate(userIndex);
        Paths.Release(gate.PathIndex);
        gate.PathIndex = PathTable.None;
    }

    /// <summary>The way of a flow's packets from inside.</summary>
    /// <returns>Index of the way, or <see cref="PathTable.None"/>.</returns>
    internal ushort OutsidePath(ref readonly FlowRecord flow) =>
        flow.PathIndex == PathTable.PerPacket ? Resolver.Outside(MappedAddress.OfBe(flow.RemoteAddrBe)) : flow.PathIndex;

    /// <summary>Whether a public address is out of service.</summary>
    public bool IsWithdrawn(int addressIndex) => _withdrawn[addressIndex];

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    public bool TryPopulate() =>
        Flows.TryPopulate() & Mappings.TryPopulate() & Users.TryPopulate() & Blocks.TryPopulate() & Ipv6.Flows.TryPopulate() & Policies.TryPopulate()
        & (Peers?.TryPopulate() ?? true) & (Offload?.TryPopulate() ?? true);

    /// <summary>Keeps a mapping without a flow; it counts as a flow of the mapping and of its subscriber, who is not idle meanwhile.</summary>
    /// <param name="mappingIndex">A mapping, perhaps added just now.</param>
    /// <param name="userIndex">The subscriber that is charged.</param>
    internal void HoldMapping(uint mappingIndex, uint userIndex)
    {
        if (Mappings[mappingIndex].FlowCount++ == 0)
            Mappings.LinkExternal(mappingIndex);
        Mappings[mappingIndex].KeeperCount++;
        Users.OnFlowStarted(userIndex);
    }

    /// <summary>Ends a hold; the mapping and its port go with the last hold or flow.</summary>
    internal void ReleaseMapping(uint mappingIndex, uint userIndex, long nowMs)
    {
        ref MappingRecord mapping = ref Mappings[mappingIndex];
        mapping.KeeperCount--;
        if (--mapping.FlowCount == 0)
            EndMapping(mappingIndex, nowMs);
        Users.OnFlowEnded(userIndex, 0, 0, nowMs);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Flows.Dispose();
        Wheel.Dispose();
        Mappings.Dispose();
        Users.Dispose();
        Blocks.Dispose();
        Fragments.Dispose();
        Peers?.Dispose();
        Alg.Dispose();
        Ipv6.Dispose();
        Pcp?.Dispose();
        Policies.Dispose();
        Traffic.Dispose();
        Offload?.Dispose();
        Wanted?.Dispose();
        Hosts?.Dispose();
        BlockLog.Dispose();
        SessionLog?.Dispose();
        Paths.Dispose();
        Drops.Dispose();
    }

    private void EndUnscheduled(uint flowIndex, long nowMs)
    {
        Flows.Unindex(flowIndex << 1);
        Flows.Unindex((flowIndex << 1) | 1);
        Forget(flowIndex, nowMs);
    }

    /// <summary>Gives everything back that a flow holds. It is in no index and no timer slot any more.</summary>
    internal void Forget(uint flowIndex, long nowMs)
    {
        ref FlowRecord flow = ref Flows.Flow(flowIndex);
        uint mappingIndex = Flows.Cold(flowIndex).MappingIndex;
        if ((flow.Flags & FlowFlags.OneToOne) != FlowFlags.None)
            Flows.Cold(flowIndex).MappingIndex = FlowTable.None;
        else if (mappingIndex == FlowTable.None)
            Leases.FreePort(flow.ExternalAddrBe, flow.ExternalPortBe, flow.Protocol, flow.UserIndex, nowMs);
        else
            DropMappingUse(mappingIndex, in flow, nowMs);

        if ((flow.Flags & FlowFlags.Helper) != FlowFlags.None)
            Alg.OnEnded(flowIndex);
        ref FlowColdRecord cold = ref Flows.Cold(flowIndex);
        Traffic.OnEnded(
            isIpv6: false, flowIndex, flow.UserIndex, ((ulong)cold.PacketsOutHigh << 32) | flow.PacketsOutLow, flow.BytesOut, ((ulong)cold.PacketsInHigh << 32) | flow.PacketsInLow, flow.BytesIn);
        Users.OnFlowEnded(flow.UserIndex, flow.BytesOut, flow.BytesIn, nowMs);
        SessionLog?.Add(NatEventKind.SessionClosed, in flow, nowMs);
        Wanted?.OnEnded(isIpv6: false, flowIndex);
        Hosts?.OnEnded(isIpv6: false, flowIndex);
        Offload?.OnEnded(isIpv6: false, flowIndex);
        Flows.Free(flowIndex);
        Counters.FlowsEnded++;
    }

    private void DropMappingUse(uint mappingIndex, in FlowRecord flow, long nowMs)
    {
        ref MappingRecord mapping = ref Mappings[mappingIndex];
        Peers?.Remove(mappingIndex, flow.RemoteAddrBe);
        if ((flow.Flags & FlowFlags.Keeper) != FlowFlags.None)
            mapping.KeeperCount--;
        if (--mapping.FlowCount == 0)
            EndMapping(mappingIndex, nowMs);
    }

    private void EndMapping(uint mappingIndex, long nowMs)
    {
        ref MappingRecord mapping = ref Mappings[mappingIndex];
        if (mapping.UserIndex == FlowTable.None)
            _forwards.OnEnded(in mapping);
        else
            Leases.FreePort(mapping.ExternalAddrBe, mapping.ExternalPortBe, mapping.Protocol, mapping.UserIndex, nowMs);
        Mappings.Remove(mappingIndex);
    }
}
