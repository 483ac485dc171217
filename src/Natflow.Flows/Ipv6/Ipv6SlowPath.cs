using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Hosts;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Ip;
using Natflow.Packets.Transport;

namespace Natflow.Flows.Ipv6;

/// <summary>IPv6 but an established flow's plain packets: new flows, state changes, fragments, extension headers, ICMPv6, translation, what is not ours.</summary>
/// <remarks>Owner thread only; no allocation. Every frame leaves with a verdict, every drop with a reason.</remarks>
internal sealed class Ipv6SlowPath
{
    private const int Ipv4HeaderBytes = 20;

    private readonly ShardState _shard;
    private readonly Ipv6State _ipv6;
    private readonly Umem _umem;
    private readonly Ipv6FlowOpener _opener;
    private readonly Ipv6Translation _translation;
    private readonly Ipv6IcmpErrorPath _icmpErrors;
    private readonly Ipv6ErrorSender _sender;
    private readonly TcpAnswers _tcp;
    private readonly HostRefusal _refusal;
    private readonly Nat64Path? _nat64;
    private uint _flowIndex = FlowTable.None; // That the frame in hand went by.

    internal Ipv6SlowPath(ShardState shard, Umem umem, Nat64Path? nat64, HostRefusal refusal)
    {
        _refusal = refusal;
        _shard = shard;
        _ipv6 = shard.Ipv6;
        _umem = umem;
        _opener = new Ipv6FlowOpener(shard);
        _translation = new Ipv6Translation(shard.Ipv6);
        _icmpErrors = new Ipv6IcmpErrorPath(shard, _translation);
        _sender = new Ipv6ErrorSender(shard, umem);
        _tcp = new TcpAnswers(shard, umem);
        _nat64 = nat64;
    }

    /// <summary>Decides one frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <param name="flowIndex">The flow that it went by, <see cref="FlowTable.None"/> without one, <see cref="Ipv6Stage.NotIpv6"/> for one that is IPv4 now.</param>
    /// <returns>Its verdict; <see cref="Verdict.Continue"/> for one that is IPv4 now and goes on through NAT44.</returns>
    internal Verdict Process(ref FrameDescriptor frame, long nowMs, out uint flowIndex)
    {
        _flowIndex = FlowTable.None;
        Span<byte> bytes = _umem.Frame(frame.FrameOffset, frame.LengthBytes);
        DropReason reason = Decide(ref frame, bytes, nowMs, out Verdict verdict, out int mtuBytes);
        flowIndex = reason == DropReason.None && verdict == Verdict.Continue ? Ipv6Stage.NotIpv6 : _flowIndex;
        if (reason != DropReason.None)
        {
            _shard.Drops.Add(reason);
            if (reason == DropReason.HostRefused)
                return _refusal.Answer(ref frame, isIpv6: true, _shard.Hosts!.LastRefused, _shard.Policies.Treatment, nowMs);
            bool isTcpRefused = reason == DropReason.LoginRequired && frame.Key.Side == Side.Lan && frame.Key.Protocol == IpProtocol.Tcp;
            return isTcpRefused ? AnswerTcp(ref frame, bytes, nowMs) : _sender.Answer(ref frame, reason, mtuBytes, nowMs);
        }

        if (verdict == Verdict.PassToHost)
            _shard.Counters.PassedToHost++;
        else if (verdict == Verdict.Hairpin)
            _shard.Counters.Hairpinned++;
        return verdict;
    }

    private Verdict AnswerTcp(ref FrameDescriptor frame, ReadOnlySpan<byte> bytes, long nowMs)
    {
        uint user = _ipv6.FindUser(Ipv6Address.Read(bytes[(frame.L3Offset + Ipv6Rewriter.SrcOffset)..]), frame.Key.Zone);
        return user != FlowTable.None && _tcp.TryAnswer(ref frame, user, _shard.Policies.Treatment, nowMs) ? Verdict.Reflect : Verdict.Drop;
    }

    private DropReason Decide(ref FrameDescriptor frame, Span<byte> bytes, long nowMs, out Verdict verdict, out int mtuBytes)
    {
        verdict = Verdict.PassToHost;
        mtuBytes = 0;
        _shard.Policies.Arrival = Arrival.Of(in frame, bytes);
        Ipv6Packet packet = Ipv6Packet.Read(bytes, in frame);
        if (IsForHost(in packet, frame.Key.Side))
            return DropReason.None;
        verdict = Verdict.ForwardUntranslated;
        if (packet.Headers.L4Offset != Ipv6HeaderWalker.Ipv6Bytes)
            _ipv6.Counters.ExtensionHeaders++;
        DropReason reason = CheckAddresses(in frame, in packet);
        if (reason != DropReason.None)
            return reason;
        if (packet.Bytes[Ipv6Rewriter.HopLimitOffset] <= 1)
            return DropReason.TtlExpired;
        if (_nat64 != null && frame.Key.Side == Side.Lan && _ipv6.Nat64!.Value.Contains(in packet.Destination))
            return _nat64.ToIpv4(ref frame, bytes, in packet, nowMs, out verdict);

        packet.TurnsRound = frame.Key.Side == Side.Lan && _translation.IsOutside(in packet.Destination);
        reason = Forward(ref frame, bytes, ref packet, nowMs, out mtuBytes);
        if (reason != DropReason.None)
            return reason;

        if (packet.TurnsRound)
        {
            verdict = TurnRound(ref frame);
            return DropReason.None;
        }

        packet.Bytes[Ipv6Rewriter.HopLimitOffset]--;
        CountForwarded(frame.Key.Side, packet.LengthBytes);
        return DropReason.None;
    }

    /// <summary>Multicast, link-local and own addresses are the host's affair, as is traffic between subscribers' own prefixes.</summary>
    private bool IsForHost(ref readonly Ipv6Packet packet, Side side)
    {
        if (Ipv6AddressRules.IsMulticast(in packet.Destination) || Ipv6AddressRules.IsLinkLocal(in packet.Destination)
            || Ipv6AddressRules.IsLinkLocal(in packet.Source))
        {
            return true;
        }

        // Neighbour discovery and listener reports concern one link, whatever their addresses (RFC 4890 section 4.3.3).
        if (packet.Headers.HasTransportHeader && packet.Headers.Protocol == IpProtocol.IcmpV6
            && packet.Bytes[packet.Headers.L4Offset] is >= Icmpv6Type.LinkScopeFirst and <= Icmpv6Type.LinkScopeLast)
        {
            return true;
        }

        if (packet.Destination == _ipv6.OwnAddresses[0] || packet.Destination == _ipv6.OwnAddresses[1])
            return _ipv6.Nat66?.IndexOf(in packet.Destination) is null or < 0;
        return side == Side.Lan && _ipv6.IsLan(in packet.Destination);
    }

    private DropReason CheckAddresses(ref readonly FrameDescriptor frame, ref readonly Ipv6Packet packet)
    {
        if (Ipv6AddressRules.IsMulticast(in packet.Source) || Ipv6AddressRules.IsNotForwardable(in packet.Source)
            || Ipv6AddressRules.IsNotForwardable(in packet.Destination))
        {
            return DropReason.MartianAddress;
        }

        bool isLan = frame.Key.Side == Side.Lan;
        if (isLan && _ipv6.IsWithdrawn(in packet.Source))
            return DropReason.StaleGeneration;
        if (_ipv6.LanPrefixes.Count != 0 && _ipv6.IsLan(in packet.Source) != isLan)
            return DropReason.SpoofedSource;

        // RFC 6146 section 3.5: what claims to come from the IPv4 internet over IPv6 would loop; the other way it has no one to go to.
        if (_ipv6.Nat64 is { } nat64 && (nat64.Contains(in packet.Source) || (!isLan && nat64.Contains(in packet.Destination))))
            return DropReason.HairpinLoop;
        bool isOurs = _translation.IsOutside(in packet.Source) && (frame.Flags & FrameFlags.Hairpinned) == FrameFlags.None;
        return isOurs ? DropReason.SpoofedSource : DropReason.None;
    }

    private DropReason Forward(ref FrameDescriptor frame, Span<byte> bytes, ref Ipv6Packet packet, long nowMs, out int mtuBytes)
    {
        mtuBytes = 0;
        if (!packet.Headers.HasTransportHeader)
            return ForwardFragment(ref frame, ref packet, nowMs, out mtuBytes);
        if (frame.Key.Protocol == IpProtocol.IcmpV6)
        {
            if (Icmpv6Type.IsError(frame.TcpFlags))
                return ForwardError(ref frame, bytes, ref packet, nowMs);
            if (!Icmpv6Type.IsEcho(frame.TcpFlags))
                return DropReason.UnsupportedIcmp;
        }

        DropReason reason = Resolve(in frame, ref packet);
        if (reason != DropReason.None)
            return reason;
        reason = FindOrOpen(in frame, in packet, nowMs, out uint flowIndex, out bool isNew);
        if (reason != DropReason.None)
            return reason;

        _flowIndex = flowIndex;
        ref Ipv6FlowRecord flow = ref _ipv6.Flows.Flow(flowIndex);
        if (packet.Headers.HasMoreFragments
            && !_ipv6.Fragments.TryAdd(in packet.Source, in packet.Destination, packet.Headers.FragmentId, frame.Key.Side, flowIndex, nowMs))
        {
            return DropReason.FragmentTableFull;
        }

        reason = Finish(ref flow, flowIndex, ref frame, in packet, nowMs, out mtuBytes);
        if (reason != DropReason.None)
            return reason;
        if (!isNew)
            Track(ref flow, in frame);
        _shard.Offload?.OnPacket(isIpv6: true, flowIndex);
        if (frame.Key.Protocol == IpProtocol.Tcp && (frame.TcpFlags & TcpFlags.Syn) != 0)
            ClampMss(in frame, in flow, in packet);
        if ((flow.Flags & Ipv6FlowFlags.Helper) != Ipv6FlowFlags.None)
            _ipv6.Ftp.OnSegment(flowIndex, in frame, in packet, nowMs);
        return DropReason.None;
    }

    // What a SYN announces is what the other direction may send: the narrower of both ways counts, whichever side the SYN comes from.
    private void ClampMss(ref readonly FrameDescriptor frame, ref readonly Ipv6FlowRecord flow, ref readonly Ipv6Packet packet)
    {
        ushort outside = _shard.Paths[_ipv6.OutsidePath(in flow)].MssClampBytes;
        ushort inside = _shard.Paths[_ipv6.InsidePath(in flow.Inside, flow.UserIndex, flow.Zone)].MssClampBytes;
        int clamp = outside == 0 ? inside : inside == 0 ? outside : Math.Min(inside, outside);
        clamp -= Ipv6HeaderWalker.Ipv6Bytes - Ipv4HeaderBytes;
        bool isWhole = !packet.Headers.HasMoreFragments && packet.LengthBytes <= packet.Bytes.Length;
        if (clamp > 0 && isWhole && TcpOptions.TryClampMss(packet.Bytes[packet.Headers.L4Offset..packet.LengthBytes], (ushort)clamp))
            _ipv6.Counters.MssClamped++;
    }

    private DropReason ForwardError(ref FrameDescriptor frame, Span<byte> bytes, ref Ipv6Packet packet, long nowMs)
    {
        DropReason reason = _icmpErrors.Translate(in frame, bytes, ref packet, nowMs, out uint flowIndex);
        return reason == DropReason.None ? TakePath(ref _ipv6.Flows.Flow(flowIndex), ref frame, in packet, out _) : reason;
    }

    /// <summary>Puts the way on the frame; a packet too big for it is refused (RFC 8200 section 5: no router cuts it).</summary>
    private DropReason TakePath(ref readonly Ipv6FlowRecord flow, ref FrameDescriptor frame, ref readonly Ipv6Packet packet, out int mtuBytes)
    {
        mtuBytes = ushort.MaxValue;
        if (packet.TurnsRound)
            return DropReason.None; // The second pass takes its own way.
        return TakePath(
            frame.Key.Side == Side.Lan ? _ipv6.OutsidePath(in flow) : _ipv6.InsidePath(in flow.Inside, flow.UserIndex, flow.Zone),
            ref frame, packet.LengthBytes, out mtuBytes);
    }

    private DropReason TakePath(ushort path, ref FrameDescriptor frame, int lengthBytes, out int mtuBytes)
    {
        mtuBytes = _shard.Paths[path].MtuBytes;
        if (path == PathTable.None)
            return DropReason.NoRoute;

        // A way that is not known yet has no MTU either: the frame waits for it where it leaves.
        if (mtuBytes != 0 && lengthBytes > mtuBytes)
            return DropReason.PacketTooBig;
        frame.PathIndex = path;
        return DropReason.None;
    }

    private DropReason Resolve(ref readonly FrameDescriptor frame, ref Ipv6Packet packet) => frame.Key.Side == Side.Lan
        ? DropReason.None
        : _translation.TryFindInside(
            packet.Destination, frame.Key.DstPortBe, frame.Key.Protocol, out packet.Inside, out packet.InsidePortBe, out packet.MappingIndex);

    private DropReason FindOrOpen(ref readonly FrameDescriptor frame, ref readonly Ipv6Packet packet, long nowMs, out uint flowIndex, out bool isNew)
    {
        Ipv6FlowKey key = packet.KeyOf(in frame);
        isNew = false;
        flowIndex = _ipv6.Flows.Find(in key);
        if (flowIndex != FlowTable.None && _ipv6.IsOver(flowIndex, nowMs))
        {
            _ipv6.End(flowIndex, nowMs);
            flowIndex = FlowTable.None;
        }

        if (flowIndex != FlowTable.None && BeginsAnew(in frame, flowIndex))
        {
            _ipv6.End(flowIndex, nowMs);
            flowIndex = FlowTable.None;
        }

        if (flowIndex != FlowTable.None)
        {
            DropReason stale = Reevaluate(flowIndex, nowMs);
            bool isEnded = stale == DropReason.StaleGeneration && _ipv6.Flows.Flow(flowIndex).State == FlowState.None;
            bool beginsAnew = isEnded && frame.Key.Side == Side.Lan && (_ipv6.LanPrefixes.Count == 0 || _ipv6.IsLan(in packet.Source));
            if (!beginsAnew)
                return stale;
        }

        isNew = true;
        ushort zone = packet.MappingIndex == FlowTable.None ? frame.Key.Zone : _ipv6.Nat66![packet.MappingIndex].Zone;
        return _opener.TryOpen(in key, zone, in frame, packet.MappingIndex, nowMs, out flowIndex);
    }

    // A client whose host was refused may ask for another one from the same port.
    private bool BeginsAnew(ref readonly FrameDescriptor frame, uint flowIndex) =>
        frame.Key.Side == Side.Lan && frame.Key.Protocol == IpProtocol.Tcp && (frame.TcpFlags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn
        && _shard.Hosts is { } hosts && hosts.IsRefused(isIpv6: true, flowIndex);

    /// <summary>Brings a flow to the current generations, or ends it when its prefix is gone.</summary>
    private DropReason Reevaluate(uint flowIndex, long nowMs)
    {
        ref Ipv6FlowRecord flow = ref _ipv6.Flows.Flow(flowIndex);
        ushort pathGeneration = flow.PathGeneration;
        if (flow.PathGeneration != _shard.Paths[flow.PathIndex].Generation)
        {
            if (_ipv6.LanPrefixes.Count != 0 && !_ipv6.IsLan(in flow.Inside))
            {
                _ipv6.End(flowIndex, nowMs);
                return DropReason.StaleGeneration;
            }

            ushort path = _shard.Resolver.Outside(flow.Remote.ToUInt128());
            if (path == PathTable.None)
                return DropReason.NoRoute;
            flow.PathIndex = PathTable.OfFlow(path);
            flow.PathGeneration = _shard.Paths[flow.PathIndex].Generation;
            _shard.Offload?.OnStale(isIpv6: true, flowIndex);
        }

        if (flow.PathGeneration == pathGeneration && _shard.Policies.TryFollow(ref flow, flowIndex))
            return DropReason.None;
        DropReason refusal = Rejudge(ref flow, flowIndex, nowMs);
        if (refusal != DropReason.None && flow.PathGeneration != pathGeneration)
            flow.PathGeneration--; // Stays stale: each packet asks until it is let in.
        return refusal;
    }

    private DropReason Rejudge(ref Ipv6FlowRecord flow, uint flowIndex, long nowMs)
    {
        ref UserRecord user = ref _shard.Users[flow.UserIndex];
        if (user.PolicyVerdict == Verdict.Drop)
            return DropReason.Policy;
        if (user.FlowsEndedMs != 0 && flow.CreatedMs <= user.FlowsEndedMs)
        {
            _ipv6.End(flowIndex, nowMs);
            return DropReason.StaleGeneration;
        }

        Ipv6FlowKey key = flow.Key();
        DropReason reason = _shard.Policies.AdmitIpv6(flow.UserIndex, in key, (flow.Flags & Ipv6FlowFlags.StartedOutside) == Ipv6FlowFlags.None, out ushort word);
        if (reason == DropReason.None && _shard.Hosts is { } hosts)
            reason = hosts.Check(isIpv6: true, flowIndex, flow.UserIndex);
        if (reason != DropReason.None)
            return reason;
        _shard.Policies.Set(isIpv6: true, flowIndex, word);
        flow.PolicyStamp = _shard.Users.Gate(flow.UserIndex).PolicyStamp;
        _shard.Offload?.OnStale(isIpv6: true, flowIndex);
        flow.Flags = _shard.Policies.IsPoliced(isIpv6: true, flowIndex, flow.UserIndex) ? flow.Flags | Ipv6FlowFlags.Policed : flow.Flags & ~Ipv6FlowFlags.Policed;
        return DropReason.None;
    }

    private static void Track(ref Ipv6FlowRecord flow, ref readonly FrameDescriptor frame)
    {
        if (flow.Protocol == IpProtocol.Tcp)
        {
            flow.State = TcpMachine.Next(flow.State, frame.TcpFlags, frame.Key.Side);
            return;
        }

        Side starter = (flow.Flags & Ipv6FlowFlags.StartedOutside) != Ipv6FlowFlags.None ? Side.Wan : Side.Lan;
        if (frame.Key.Side != starter)
            flow.State = flow.Protocol == IpProtocol.IcmpV6 ? FlowState.IcmpAnswered : FlowState.UdpSteady;
    }

    // From inside the filter has nothing to say: where nothing is translated by ports, a fragment ahead of its first one passes by its user's policy.
    private DropReason ForwardFragment(ref FrameDescriptor frame, ref Ipv6Packet packet, long nowMs, out int mtuBytes)
    {
        mtuBytes = 0;
        if (_ipv6.Fragments.TryFind(in packet.Source, in packet.Destination, packet.Headers.FragmentId, frame.Key.Side, nowMs, out uint flowIndex))
        {
            // The flow may have ended meanwhile and its entry may be another's: then the far end does not fit.
            ref Ipv6FlowRecord flow = ref _ipv6.Flows.Flow(flowIndex);
            Ipv6Address remote = frame.Key.Side == Side.Lan ? packet.Destination : packet.Source;
            if (flow.State == FlowState.None || flow.Remote != remote || (frame.Key.Side == Side.Lan && flow.Inside != packet.Source))
                return DropReason.FragmentUnknown;
            DropReason stale = Reevaluate(flowIndex, nowMs);
            return stale == DropReason.None ? Finish(ref flow, flowIndex, ref frame, in packet, nowMs, out mtuBytes) : stale;
        }

        bool isLetIn = frame.Key.Side == Side.Lan || !_ipv6.Settings.Filter;
        if (!isLetIn || _ipv6.Nat66 != null)
            return DropReason.FragmentUnknown;
        DropReason reason = _translation.TryFindInside(packet.Destination, 0, frame.Key.Protocol, out Ipv6Address inside, out _, out _);
        Ipv6Address translated = inside;
        if (frame.Key.Side == Side.Lan)
            reason = _translation.TryToOutside(in packet.Source, out translated);
        if (reason != DropReason.None)
            return reason;
        uint userIndex = _ipv6.FindUser(frame.Key.Side == Side.Lan ? packet.Source : inside, frame.Key.Zone);
        if (userIndex != FlowTable.None && _shard.Users[userIndex].PolicyVerdict == Verdict.Drop)
            return DropReason.Policy;
        UInt128 routed = (frame.Key.Side == Side.Lan ? packet.Destination : inside).ToUInt128();
        ushort path = frame.Key.Side == Side.Lan ? _shard.Resolver.Outside(routed) : _shard.Resolver.Inside(routed, frame.Key.Zone);
        reason = packet.TurnsRound ? DropReason.None : TakePath(path, ref frame, packet.LengthBytes, out mtuBytes);
        if (reason != DropReason.None)
            return reason;
        translated.Write(packet.Bytes[(frame.Key.Side == Side.Lan ? Ipv6Rewriter.SrcOffset : Ipv6Rewriter.DstOffset)..]);
        return DropReason.None;
    }

    private DropReason Finish(ref Ipv6FlowRecord flow, uint flowIndex, ref FrameDescriptor frame, ref readonly Ipv6Packet packet, long nowMs, out int mtuBytes)
    {
        DropReason untaken = TakePath(in flow, ref frame, in packet, out mtuBytes);
        if (untaken != DropReason.None)
            return untaken;
        bool isPoliced = (flow.Flags & Ipv6FlowFlags.Policed) != Ipv6FlowFlags.None;
        if (isPoliced && !_shard.Policies.TryPolice(isIpv6: true, flowIndex, flow.UserIndex, frame.Key.Side, packet.Bytes, (uint)packet.LengthBytes, nowMs))
            return DropReason.RateExceeded;
        if ((flow.Flags & Ipv6FlowFlags.Translated) != Ipv6FlowFlags.None)
        {
            DropReason reason = _translation.Apply(in packet, frame.Key.Side, in flow);
            if (reason != DropReason.None)
                return reason;
        }

        Ipv6Accounting.Count(ref flow, frame.Key.Side, (uint)packet.LengthBytes, (uint)nowMs);
        return DropReason.None;
    }

    /// <summary>From inside to an outside address of a subscriber: translated, it now comes from outside. The hop limit is stepped in the second pass alone.</summary>
    private Verdict TurnRound(ref FrameDescriptor frame)
    {
        frame.Flags |= FrameFlags.Hairpinned;
        FrameParser.ParseBatch(_umem, MemoryMarshal.CreateSpan(ref frame, 1), zone: 0, Side.Wan, _shard.Hash);
        return Verdict.Hairpin;
    }

    private void CountForwarded(Side side, int lengthBytes)
    {
        _shard.Counters.Untranslated++;
        Ipv6Accounting.CountForwarded(ref _ipv6.Counters, side, (uint)lengthBytes);
    }
}
