using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Packets;
using Natflow.Packets.Ip;

namespace Natflow.Flows.Ipv6;

/// <summary>Opens IPv6 flows: subscriber, quota, filter (RFC 6092), mapping, table. What is refused leaves nothing behind but, perhaps, a subscriber.</summary>
/// <remarks>Owner thread only; no allocation on the managed heap.</remarks>
internal sealed class Ipv6FlowOpener(ShardState shard)
{
    private const ushort IkePort = 500;
    private const ushort IkeNatPort = 4500;

    private readonly Ipv6State _ipv6 = shard.Ipv6;
    private ushort _policyWord; // Of the flow that is being opened.

    /// <summary>Opens a flow.</summary>
    /// <param name="key">Its key; the side is where the packet came from.</param>
    /// <param name="zone">The subscriber's zone.</param>
    /// <param name="frame">The packet.</param>
    /// <param name="mappingIndex">NAT66 mapping that the packet came in by, or <see cref="FlowTable.None"/>.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="flowIndex">The flow on success.</param>
    internal DropReason TryOpen(
        in Ipv6FlowKey key, ushort zone, ref readonly FrameDescriptor frame, uint mappingIndex, long nowMs, out uint flowIndex)
    {
        flowIndex = FlowTable.None;
        if (key.Side == Side.Wan && !IsLetIn(in frame, mappingIndex) && !_ipv6.Ftp.IsExpected(in key, nowMs))
            return DropReason.Filtered;
        FlowState state = InitialState(key.Protocol, frame.TcpFlags, key.Side);
        if (state == FlowState.None)
            return DropReason.TcpNotSyn;
        DropReason reason = TryFindUser(key.Inside, zone, nowMs, out uint userIndex);
        if (reason == DropReason.None)
            reason = shard.Policies.AdmitIpv6(userIndex, in key, out _policyWord);
        if (reason != DropReason.None)
            return reason;
        if (_ipv6.Flows.Count == _ipv6.Flows.Capacity)
            return DropReason.FlowTableFull;
        ushort path = shard.Resolver.Outside(key.Remote.ToUInt128());
        if (path == PathTable.None)
            return DropReason.NoRoute;
        bool isTranslated = IsTranslated(key.Inside);
        if (_ipv6.Nat66 is { } nat66 && mappingIndex == FlowTable.None)
        {
            mappingIndex = nat66.Find(in key);
            reason = mappingIndex == FlowTable.None ? TryMap(nat66, in key, out mappingIndex) : DropReason.None;
            if (reason != DropReason.None)
                return reason;
        }

        var flow = new Ipv6FlowRecord
        {
            Inside = key.Inside,
            Remote = key.Remote,
            InsidePortBe = key.InsidePortBe,
            RemotePortBe = key.RemotePortBe,
            Zone = zone,
            Protocol = key.Protocol,
            State = state,
            LastSeenMs = (uint)nowMs,
            UserIndex = userIndex,
            PolicyStamp = shard.Users.Gate(userIndex).PolicyStamp,
            PathIndex = PathTable.OfFlow(path),
            PathGeneration = shard.Paths[PathTable.OfFlow(path)].Generation,
            Flags = (key.Side == Side.Wan ? Ipv6FlowFlags.StartedOutside : Ipv6FlowFlags.None)
                | (isTranslated ? Ipv6FlowFlags.Translated : Ipv6FlowFlags.None)
                | (key.Protocol != IpProtocol.Udp && key.Protocol != IpProtocol.IcmpV6 || shard.Settings.UdpInboundRefresh
                    ? Ipv6FlowFlags.InboundRefresh
                    : Ipv6FlowFlags.None),
            MappingIndex = mappingIndex,
            CreatedMs = nowMs,
        };
        return Insert(in flow, nowMs, out flowIndex);
    }

    /// <summary>Puts a flow in, with one more use of its mapping.</summary>
    internal DropReason Insert(in Ipv6FlowRecord flow, long nowMs, out uint flowIndex)
    {
        if (flow.MappingIndex != FlowTable.None)
            _ipv6.Nat66![flow.MappingIndex].FlowCount++;
        flowIndex = _ipv6.Flows.Add(in flow);
        if (flowIndex == FlowTable.None)
        {
            if (flow.MappingIndex != FlowTable.None)
                _ipv6.Nat66!.Release(flow.MappingIndex);
            return DropReason.FlowTableFull;
        }

        shard.Policies.Set(isIpv6: true, flowIndex, _policyWord);
        _policyWord = 0;
        if (shard.Policies.IsPoliced(isIpv6: true, flowIndex, flow.UserIndex))
            _ipv6.Flows.Flow(flowIndex).Flags |= Ipv6FlowFlags.Policed;
        _ipv6.Wheel.Schedule(flowIndex, nowMs + shard.TimeoutsMs[(int)flow.State]);
        shard.Users.OnFlowStarted(flow.UserIndex);
        shard.Offload?.OnOpened(isIpv6: true, flowIndex);
        shard.Wanted?.OnOpened(isIpv6: true, flowIndex, flow.Protocol, nowMs);
        _ipv6.Counters.FlowsOpened++;
        _ipv6.Ftp.OnOpened(flowIndex);
        return DropReason.None;
    }

    private DropReason TryFindUser(in Ipv6Address inside, ushort zone, long nowMs, out uint userIndex)
    {
        userIndex = FlowTable.None;
        Ipv6Address subscriber = _ipv6.SubscriberKey(in inside);
        uint index = _ipv6.Subscribers.FindOrAdd(in subscriber, zone, nowMs, out bool isNewUser);
        if (index == FlowTable.None)
            return DropReason.UserTableFull;
        if (isNewUser)
            shard.Counters.UsersSeen++;
        userIndex = _ipv6.Subscribers[index].UserIndex;
        ref UserRecord user = ref shard.Users[userIndex];
        if (user.PolicyVerdict == Verdict.Drop)
            return DropReason.Policy;
        return user.FlowCount >= (uint)shard.Settings.FlowsPerUserMax ? DropReason.FlowQuotaExceeded : DropReason.None;
    }

    private static DropReason TryMap(Nat66Table nat66, in Ipv6FlowKey key, out uint mappingIndex)
    {
        mappingIndex = FlowTable.None;
        return key.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.IcmpV6
            ? nat66.TryAdd(in key, out mappingIndex)
            : DropReason.UnsupportedProtocol;
    }

    /// <summary>Whether packets of an inside address are rewritten.</summary>
    internal bool IsTranslated(in Ipv6Address inside)
    {
        foreach (Packets.Family.PrefixTranslator translator in _ipv6.Translators)
        {
            if (translator.Inside.Contains(in inside))
                return true;
        }

        return _ipv6.Nat66 != null;
    }

    // A NAT66 mapping lets in what IPv4's would.
    private bool IsLetIn(ref readonly FrameDescriptor frame, uint mappingIndex)
    {
        if (mappingIndex != FlowTable.None)
            return frame.Key.Protocol != IpProtocol.IcmpV6 && shard.Settings.Filtering == FilteringMode.EndpointIndependent;
        if (!_ipv6.Settings.Filter)
            return true;
        return frame.Key.Protocol switch
        {
            IpProtocol.IcmpV6 => frame.TcpFlags == Icmpv6Type.EchoRequest && _ipv6.Settings.EchoFromOutside,
            IpProtocol.Esp or IpProtocol.Ah => _ipv6.Settings.IpsecFromOutside,
            IpProtocol.Udp => _ipv6.Settings.IpsecFromOutside && IsIke(frame.Key.DstPortBe),
            _ => false,
        };
    }

    private static bool IsIke(ushort portBe) => BinaryPrimitives.ReverseEndianness(portBe) is IkePort or IkeNatPort;

    private FlowState InitialState(byte protocol, byte tcpFlags, Side side)
    {
        if (protocol == IpProtocol.IcmpV6)
            return FlowState.IcmpOneWay;
        if (protocol != IpProtocol.Tcp)
            return FlowState.UdpOneWay;
        if ((tcpFlags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Syn)
            return TcpMachine.Initial(side);
        bool pickedUp = side == Side.Lan && shard.Settings.TcpPickUp && (tcpFlags & TcpFlags.Rst) == 0;
        return pickedUp ? FlowState.TcpTransitory : FlowState.None;
    }
}
