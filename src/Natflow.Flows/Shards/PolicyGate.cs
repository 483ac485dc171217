using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Paths;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Memory;
using Natflow.Packets.Ip;

namespace Natflow.Flows.Shards;

/// <summary>
/// Applies the gateway's rules to a shard's subscribers and flows: asks the judge for new and stale flows, remembers each flow's rule, meters policed packets, and
/// notes whom the user actor has to hear of. Without a judge every flow passes by its subscriber's verdict alone.
/// </summary>
/// <remarks>Owner thread only; nothing is allocated after the start.</remarks>
public sealed class PolicyGate : IDisposable
{
    /// <summary>Number of the status of a subscriber whose packets are dropped, as one may be that a restart found.</summary>
    public const byte BlockedStatus = 6;

    private const ushort RuleMask = 0x07FF;
    private const ushort UnauthenticatedBit = 0x4000;
    private const ushort ParityBit = 0x8000;

    private readonly ShardState _shard;
    private readonly PolicyTable? _rules;
    private readonly NativeArray<ushort>[] _words;
    private readonly NativeArray<uint> _queue;
    private IFlowJudge? _judge;
    private uint _queueFirst;
    private ushort _parity;

    /// <summary>Makes the gate of a shard.</summary>
    /// <param name="shard">The shard; its flow tables and users are there.</param>
    /// <param name="rules">The gateway's policy records, in which rules have theirs; null where there are no rules.</param>
    internal PolicyGate(ShardState shard, PolicyTable? rules)
    {
        _shard = shard;
        _rules = rules;
        _words = [new NativeArray<ushort>(shard.Flows.Capacity), new NativeArray<ushort>(shard.Ipv6.Flows.Capacity)];
        _queue = new NativeArray<uint>(shard.Settings.UserCapacity);
    }

    /// <summary>Subscribers that wait for <see cref="TryTakeNotice"/>.</summary>
    public int NoticeCount { get; private set; }

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _words[0].LengthBytes + _words[1].LengthBytes + _queue.LengthBytes;

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    public bool TryPopulate() => _words[0].TryPopulate() & _words[1].TryPopulate() & _queue.TryPopulate();

    /// <summary>What the last refused flow gets.</summary>
    internal FlowTreatment Treatment { get; set; }

    /// <summary>The rules; null for none.</summary>
    internal IFlowJudge? Judge => _judge;

    /// <summary>Where the packet that is decided now came from.</summary>
    internal Arrival Arrival { get; set; }

    /// <summary>Takes other rules: every flow is judged anew at its next packet, in a PPE too.</summary>
    /// <param name="judge">The rules; null for none.</param>
    public void SetJudge(IFlowJudge? judge)
    {
        _judge = judge;
        _shard.Paths.BumpAll();
    }

    /// <summary>Tells of every subscriber that is there, as after a restart.</summary>
    public void NoticeAll()
    {
        if (_judge is null)
            return;
        for (uint index = 0; index < _shard.Users.UsedIndexEnd; index++)
        {
            if (_shard.Users[index].AddressBe != 0)
                Greet(ref _shard.Users[index], index);
        }
    }

    /// <summary>Takes the oldest notice. Each subscriber waits once, so none is ever lost.</summary>
    public bool TryTakeNotice(out UserNotice notice)
    {
        notice = default;
        while (NoticeCount != 0)
        {
            uint index = _queue[_queueFirst];
            _queueFirst = _queueFirst + 1 == (uint)_queue.Length ? 0 : _queueFirst + 1;
            NoticeCount--;
            ref UserRecord user = ref _shard.Users[index];
            if ((user.Marks & UserMarks.Queued) == UserMarks.None)
                continue; // Given up meanwhile.
            user.Marks &= ~UserMarks.Queued;
            notice = new UserNotice(index, _shard.Ipv6.RoutedAddress(user.AddressBe), user.Zone, user.PortIndex, user.Status, user.Mac);
            return true;
        }

        return false;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (NativeArray<ushort> words in _words)
            words.Dispose();
        _queue.Dispose();
    }

    /// <summary>Judges a flow that is to be opened, or that has become stale.</summary>
    /// <param name="userIndex">Its subscriber.</param>
    /// <param name="flow">The flow.</param>
    /// <param name="word">On None, for <see cref="Set"/>.</param>
    /// <returns>None, or why it does not pass; then <see cref="Treatment"/> says what its packets get.</returns>
    internal DropReason Admit(uint userIndex, in FlowSubject flow, out ushort word)
    {
        word = 0;
        if (_judge is not { } judge)
            return DropReason.None;
        ref UserRecord user = ref _shard.Users[userIndex];
        Meet(ref user, userIndex);
        FlowJudgement judgement = judge.Judge(user.Status, in flow);
        Treatment = judgement.Treatment;
        word = (ushort)(judgement.Rule | (judgement.Treatment == FlowTreatment.PassUnauthenticated ? UnauthenticatedBit : 0));
        return judgement.Treatment <= FlowTreatment.PassUnauthenticated ? DropReason.None : DropReason.LoginRequired;
    }

    /// <summary>As <see cref="Admit"/>, for an IPv4 flow.</summary>
    internal DropReason AdmitIpv4(uint userIndex, in FlowKey outKey, bool isFromInside, out ushort word)
    {
        word = 0;
        if (_judge is null)
            return DropReason.None;
        bool hasPorts = outKey.Protocol is IpProtocol.Tcp or IpProtocol.Udp;
        var subject = new FlowSubject(
            _shard.Ipv6.RoutedAddress(_shard.Users[userIndex].AddressBe),
            MappedAddress.OfBe(outKey.DstAddrBe),
            hasPorts ? BinaryPrimitives.ReverseEndianness(outKey.SrcPortBe) : (ushort)0,
            hasPorts ? BinaryPrimitives.ReverseEndianness(outKey.DstPortBe) : (ushort)0,
            outKey.Protocol,
            isFromInside);
        return Admit(userIndex, in subject, out word);
    }

    /// <summary>As <see cref="Admit"/>, for an IPv6 flow.</summary>
    internal DropReason AdmitIpv6(uint userIndex, in Ipv6FlowKey key, out ushort word) => AdmitIpv6(userIndex, in key, key.Side == Side.Lan, out word);

    /// <inheritdoc cref="AdmitIpv6(uint, in Ipv6FlowKey, out ushort)" />
    internal DropReason AdmitIpv6(uint userIndex, in Ipv6FlowKey key, bool isFromInside, out ushort word)
    {
        word = 0;
        if (_judge is null)
            return DropReason.None;
        bool hasPorts = key.Protocol is IpProtocol.Tcp or IpProtocol.Udp;
        var subject = new FlowSubject(
            key.Inside.ToUInt128(),
            key.Remote.ToUInt128(),
            hasPorts ? BinaryPrimitives.ReverseEndianness(key.InsidePortBe) : (ushort)0,
            hasPorts ? BinaryPrimitives.ReverseEndianness(key.RemotePortBe) : (ushort)0,
            key.Protocol,
            isFromInside);
        return Admit(userIndex, in subject, out word);
    }

    /// <summary>Whether the subscriber of a packet without a flow may send or get it.</summary>
    internal bool IsAllowed(uint addressBe, ushort zone, in FlowKey outKey, bool isFromInside, long nowMs)
    {
        uint user = _shard.Users.Find(addressBe, zone);
        if (user == FlowTable.None)
        {
            if (_judge is null)
                return true;
            user = _shard.Users.Add(addressBe, zone, nowMs);
            if (user == FlowTable.None)
                return false;
        }

        return _shard.Users[user].PolicyVerdict != Verdict.Drop && AdmitIpv4(user, in outKey, isFromInside, out _) == DropReason.None;
    }

    /// <summary>Remembers what was found out about a flow.</summary>
    internal void Set(bool isIpv6, uint flowIndex, ushort word) => Word(isIpv6, flowIndex) = (ushort)(word | (_parity ^ ParityBit));

    /// <summary>Whether a flow's packets need a look at policy records.</summary>
    internal bool IsPoliced(bool isIpv6, uint flowIndex, uint userIndex) =>
        (Word(isIpv6, flowIndex) & RuleMask) != 0
        || (_shard.Users[userIndex].PolicyFlags & (PolicyFlags.MeterUp | PolicyFlags.MeterDown | PolicyFlags.SetDscp)) != PolicyFlags.None;

    /// <summary>Whether a flow was judged by its subscriber's policy of now. One whose subscriber's meters alone came or went is metered, or no more, from this packet on.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // Once a change.
    internal bool TryFollow(ref FlowRecord flow, uint flowIndex)
    {
        ushort stamp = _shard.Users.Gate(flow.UserIndex).PolicyStamp;
        if (PolicyStamp.GenerationOf(stamp) != PolicyStamp.GenerationOf(flow.PolicyStamp))
            return false;
        if (stamp == flow.PolicyStamp)
            return true;
        flow.PolicyStamp = stamp;
        bool isPoliced = PolicyStamp.IsMetered(stamp) || IsPoliced(isIpv6: false, flowIndex, flow.UserIndex);
        flow.Flags = isPoliced ? flow.Flags | FlowFlags.Policed : flow.Flags & ~FlowFlags.Policed;
        return true;
    }

    /// <inheritdoc cref="TryFollow(ref FlowRecord, uint)" />
    [MethodImpl(MethodImplOptions.NoInlining)] // Once a change.
    internal bool TryFollow(ref Ipv6FlowRecord flow, uint flowIndex)
    {
        ushort stamp = _shard.Users.Gate(flow.UserIndex).PolicyStamp;
        if (PolicyStamp.GenerationOf(stamp) != PolicyStamp.GenerationOf(flow.PolicyStamp))
            return false;
        if (stamp == flow.PolicyStamp)
            return true;
        flow.PolicyStamp = stamp;
        bool isPoliced = PolicyStamp.IsMetered(stamp) || IsPoliced(isIpv6: true, flowIndex, flow.UserIndex);
        flow.Flags = isPoliced ? flow.Flags | Ipv6FlowFlags.Policed : flow.Flags & ~Ipv6FlowFlags.Policed;
        return true;
    }

    /// <summary>Asks the cache for what a policed flow's packet touches here.</summary>
    internal void Prefetch(bool isIpv6, uint flowIndex, uint userIndex)
    {
        _words[isIpv6 ? 1 : 0].Prefetch(flowIndex);
        _shard.Users.Foresight.Policy(userIndex);
    }

    /// <summary>Number of a flow's rule, 0 for none.</summary>
    internal ushort RuleOf(bool isIpv6, uint flowIndex) => (ushort)(Word(isIpv6, flowIndex) & RuleMask);

    /// <summary>Policy flags of a flow's rule.</summary>
    internal PolicyFlags RuleFlagsOf(ushort rule) => rule == 0 || _rules is null ? PolicyFlags.None : _rules[rule].Flags;

    /// <summary>Whether a flow passes only because it may before the login.</summary>
    internal bool IsUnauthenticated(bool isIpv6, uint flowIndex) => (Word(isIpv6, flowIndex) & UnauthenticatedBit) != 0;

    /// <summary>Whether a packet of a policed flow passes the meters of its rule and its user, and gets their DSCP value.</summary>
    /// <param name="isIpv6">Which table the flow is in.</param>
    /// <param name="flowIndex">The flow.</param>
    /// <param name="userIndex">Its user.</param>
    /// <param name="side">Where the packet came from.</param>
    /// <param name="packet">The packet from its IP header on.</param>
    /// <param name="bytes">L3 bytes.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    [MethodImpl(MethodImplOptions.NoInlining)] // Only policed flows' packets come here.
    internal bool TryPolice(bool isIpv6, uint flowIndex, uint userIndex, Side side, Span<byte> packet, uint bytes, long nowMs)
    {
        uint rule = RuleOf(isIpv6, flowIndex);
        if (rule != 0 && _rules is not null)
        {
            if (!TrySpend(ref _rules[rule], side, packet, bytes, nowMs))
                return false;
            if ((_rules[rule].Flags & PolicyFlags.Exclusive) != PolicyFlags.None)
                return true;
        }

        return TrySpend(ref _shard.Users.Policy(userIndex), side, packet, bytes, nowMs);
    }

    /// <summary>Begins a pass over all flows: none is counted yet.</summary>
    internal void TurnParity() => _parity ^= ParityBit;

    /// <summary>Notes that a flow is counted in the pass of now.</summary>
    internal void SetCounted(bool isIpv6, uint flowIndex)
    {
        ref ushort word = ref Word(isIpv6, flowIndex);
        word = (ushort)((word & ~ParityBit) | _parity);
    }

    /// <summary>Whether a flow is counted in the pass of now.</summary>
    internal bool IsCounted(bool isIpv6, uint flowIndex) => (Word(isIpv6, flowIndex) & ParityBit) == _parity;

    /// <summary>Where an unauthenticated subscriber is sent.</summary>
    internal int WriteLocation(Span<byte> text, uint userIndex, long nowMs)
    {
        ref UserRecord user = ref _shard.Users[userIndex];
        return _judge?.WriteLocation(text, _shard.Ipv6.RoutedAddress(user.AddressBe), user.PortIndex, user.Mac, nowMs) ?? 0;
    }

    private static bool TrySpend(ref PolicyRecord policy, Side side, Span<byte> packet, uint bytes, long nowMs)
    {
        if (!Meter.TrySpend(ref policy, side, bytes, nowMs))
            return false;
        if ((policy.Flags & PolicyFlags.SetDscp) != PolicyFlags.None)
            DscpRewriter.Set(packet, side == Side.Lan ? policy.Dscp : policy.DscpDown);
        return true;
    }

    private ref ushort Word(bool isIpv6, uint flowIndex) => ref _words[isIpv6 ? 1 : 0][flowIndex];

    // The first packet says who it is; a later one that it has moved, or that its device has another MAC now.
    private void Meet(ref UserRecord user, uint index)
    {
        bool isNews = Arrival.IsFromInside && (user.PortIndex != Arrival.PortIndex || (Arrival.Mac != 0 && user.Mac != Arrival.Mac));
        if ((user.Marks & UserMarks.Greeted) != UserMarks.None && !isNews)
            return;
        if (Arrival.IsFromInside)
        {
            user.PortIndex = Arrival.PortIndex;
            user.Mac = Arrival.Mac;
        }

        Greet(ref user, index);
    }

    private void Greet(ref UserRecord user, uint index)
    {
        if ((user.Marks & UserMarks.Greeted) == UserMarks.None)
            user.Status = user.PolicyVerdict == Verdict.Drop ? BlockedStatus : _judge!.StatusOf(_shard.Ipv6.RoutedAddress(user.AddressBe), user.PortIndex, user.Mac);
        bool isQueued = (user.Marks & UserMarks.Queued) != UserMarks.None;
        user.Marks |= UserMarks.Greeted | UserMarks.Queued;
        if (isQueued || NoticeCount == _queue.Length)
            return;
        _queue[(uint)(((ulong)_queueFirst + (ulong)NoticeCount++) % (ulong)_queue.Length)] = index;
    }
}
