using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Alg;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Fragments;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Paths;
using Natflow.Flows.Table;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Family;
using Natflow.Packets.Ip;
using Natflow.Packets.Transport;

namespace Natflow.Flows.Shards;

/// <summary>Everything but an established flow's plain packets: new flows, state changes, hairpins, fragments, ICMP errors, what is not ours.</summary>
/// <remarks>Owner thread only; no allocation. Every frame leaves with a verdict, every drop with a reason.</remarks>
internal sealed class SlowPath : IDisposable
{
    private const int GrowthBytes = Ipv6HeaderWalker.Ipv6Bytes - Ipv4Header.BytesMin;
    private const int Ipv4MtuMin = 68; // RFC 791 section 3.2.

    private readonly ShardState _shard;
    private readonly Umem _umem;
    private readonly ChunkPool? _chunks;
    private readonly FlowOpener _opener;
    private readonly IcmpErrorPath _icmpErrors;
    private readonly IcmpResponder _responder;
    private readonly AlgPath _alg;
    private readonly ExemptPath _exempt;
    private readonly Fragmenter _fragmenter;
    private readonly HeldFragments _held;
    private readonly HeldSyns _syns;
    private readonly ExtraFrames _extras = new();
    private readonly NativeArray<uint> _userPositions = new(FrameDescriptor.BurstMax);
    private readonly NativeArray<uint> _mappingPositions = new(FrameDescriptor.BurstMax);
    private ushort _mtuBytes;
    private ushort _fragmentIdBe;

    /// <summary>Makes the path of a shard.</summary>
    /// <param name="shard">What it owns.</param>
    /// <param name="umem">Where the frames lie.</param>
    /// <param name="chunks">The worker's free chunks, or null.</param>
    internal SlowPath(ShardState shard, Umem umem, ChunkPool? chunks)
    {
        _shard = shard;
        _umem = umem;
        _chunks = chunks;
        _opener = new FlowOpener(shard);
        _icmpErrors = new IcmpErrorPath(shard);
        _responder = new IcmpResponder(shard, umem);
        _alg = new AlgPath(shard, umem);
        _exempt = new ExemptPath(shard);
        _fragmenter = new Fragmenter(shard, umem, _extras, chunks);
        _held = new HeldFragments(shard.Settings.HeldFragmentCapacity, (long)shard.Settings.FragmentWait.TotalMilliseconds);
        _syns = new HeldSyns((long)shard.Settings.UnsolicitedSynSilence.TotalMilliseconds);
    }

    /// <summary>Frames that wait for <see cref="TakeExtras"/>.</summary>
    internal int ExtraCount => _extras.Count;

    /// <inheritdoc cref="FlowShard.TakeExtras" />
    internal int TakeExtras(Span<FrameDescriptor> frames, Span<Verdict> verdicts) => _extras.Take(frames, verdicts);

    /// <summary>Gives up fragments that waited in vain, and refuses the SYNs whose silence is over. Bounded by the rings' sizes.</summary>
    internal void Advance(long nowMs)
    {
        GiveUpHeld(nowMs);
        if (_syns.Count != 0)
            RefuseDueSyns(nowMs);
    }

    /// <summary>Gives up the fragments that waited until a time.</summary>
    internal void GiveUpHeld(long nowMs)
    {
        while (_held.Count != 0 && _held.TryTakeExpired(nowMs, out FrameDescriptor fragment))
        {
            _shard.Drops.Add(DropReason.FragmentUnknown);
            _chunks!.Return(_umem.ChunkOf(fragment.FrameOffset));
        }
    }

    /// <summary>Decides the frames that the hot path left over.</summary>
    /// <param name="frames">The burst.</param>
    /// <param name="indices">Positions in it, ascending.</param>
    /// <param name="verdicts">Receives their verdicts.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    public void Process(Span<FrameDescriptor> frames, ReadOnlySpan<ushort> indices, Span<Verdict> verdicts, long nowMs)
    {
        Prefetch(frames, indices);
        foreach (ushort index in indices)
        {
            ref FrameDescriptor frame = ref frames[index];
            Span<byte> bytes = _umem.Frame(frame.FrameOffset, frame.LengthBytes);
            DropReason reason = Decide(ref frame, bytes, nowMs, out Verdict verdict);
            if (reason != DropReason.None && frame.Key.Side == Side.Wan && IsOwnTraffic(ref frame, reason))
            {
                reason = DropReason.None;
                verdict = Verdict.PassToHost;
            }

            Count(reason, verdict);
            verdicts[index] = reason == DropReason.None ? verdict : OnDrop(ref frame, bytes, reason, nowMs);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _userPositions.Dispose();
        _mappingPositions.Dispose();
        _alg.Dispose();
        _held.Dispose();
        _syns.Dispose();
        _extras.Dispose();
    }

    // The box's own address may be a public one too: what no mapping claims there is for the box, whatever its protocol and TTL. The kernel has seen
    // it already, but for answers, errors and fragments, which might have been a subscriber's. A port of the pool is never the box's.
    private bool IsOwnTraffic(ref FrameDescriptor frame, DropReason reason)
    {
        ref readonly FlowKey key = ref frame.Key;
        bool isUnclaimed = reason is DropReason.NoMapping or DropReason.IcmpErrorNoFlow or DropReason.UnsupportedProtocol or DropReason.UnsupportedIcmp
            or DropReason.FragmentUnknown
            || (reason == DropReason.TtlExpired && _shard.Flows.Find(in key, frame.Hash) == FlowTable.None
                && _shard.Mappings.FindExternal(key.DstAddrBe, key.DstPortBe, key.Protocol) == FlowTable.None);
        if (!isUnclaimed || !_shard.Resolver.IsLocal(MappedAddress.OfBe(key.DstAddrBe)))
            return false;
        if (frame.Kind is PacketKind.IcmpError or PacketKind.Fragment || (frame.Kind == PacketKind.Flow && key.Protocol == IpProtocol.Icmp))
        {
            frame.Flags |= FrameFlags.HostMissed;
            return true;
        }

        return frame.Kind != PacketKind.Flow || !IsPoolPort(in key);
    }

    private bool IsPoolPort(ref readonly FlowKey key)
    {
        ushort port = BinaryPrimitives.ReverseEndianness(key.DstPortBe);
        return (port >= _shard.Settings.PortFirst && port <= _shard.Settings.PortLast) || _shard.Pool.ForwardOf(key.DstAddrBe, key.DstPortBe, key.Protocol) >= 0;
    }

    // A drop may deserve an answer: at once by ICMP, or after the silence that an unwanted SYN gets.
    private Verdict OnDrop(ref FrameDescriptor frame, ReadOnlySpan<byte> bytes, DropReason reason, long nowMs)
    {
        if (_responder.TryReport(ref frame, reason, _mtuBytes, nowMs))
            return Verdict.Reflect;
        bool isUnwantedSyn = reason is DropReason.NoMapping or DropReason.Filtered && frame.Kind == PacketKind.Flow && frame.Key.Side == Side.Wan
            && frame.Key.Protocol == IpProtocol.Tcp && (frame.TcpFlags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Syn
            && (frame.Flags & FrameFlags.Hairpinned) == FrameFlags.None;
        if (isUnwantedSyn && _chunks != null && _shard.Settings.RefuseUnsolicitedSyn && _shard.Settings.IcmpErrorsOutside)
            _syns.Hold(in frame, bytes, nowMs);
        return Verdict.Drop;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // Rare: the buffer is cleared at each call.
    private void RefuseDueSyns(long nowMs)
    {
        Span<byte> header = stackalloc byte[HeldSyns.HeaderBytesMax];
        while (_extras.Room != 0 && _syns.TryTakeDue(nowMs, out FrameDescriptor syn, header))
            RefuseSyn(ref syn, header, nowMs);
    }

    // A flow that was opened meanwhile means that the SYN was half of a simultaneous open: it is forgotten.
    private void RefuseSyn(ref FrameDescriptor syn, ReadOnlySpan<byte> header, long nowMs)
    {
        uint slot = _shard.Flows.Find(in syn.Key, _shard.Hash.Of(in syn.Key));
        bool isWanted = slot != FlowTable.None && !_shard.IsExpired(in _shard.Flows.Flow(slot >> 1), nowMs);
        if (isWanted || !_chunks!.TryRent(out uint chunk))
            return;
        syn.FrameOffset = chunk + Umem.HeadroomBytes;
        _umem.Chunk(chunk)[..Umem.HeadroomBytes].Clear();
        header[..syn.LengthBytes].CopyTo(_umem.Frame(syn.FrameOffset, syn.LengthBytes));
        if (_responder.TryRefuseSyn(ref syn, nowMs))
            _extras.Add(in syn, Verdict.Reflect);
        else
            _chunks.Return(chunk);
    }

    // A storm of new flows is bound by memory: heads of both chains first, then the records they name, then the blocks these name.
    private void Prefetch(Span<FrameDescriptor> frames, ReadOnlySpan<ushort> indices)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            ref FrameDescriptor frame = ref frames[indices[i]];
            _userPositions[(uint)i] = _shard.Users.PrefetchHead(frame.Key.SrcAddrBe, frame.Key.Zone);
            _mappingPositions[(uint)i] = _shard.Mappings.PrefetchHead(in frame.Key);
        }

        for (int i = 0; i < indices.Length; i++)
        {
            _shard.Users.PrefetchChain(_userPositions[(uint)i]);
            _shard.Mappings.PrefetchChain(_mappingPositions[(uint)i]);
        }

        for (int i = 0; i < indices.Length; i++)
        {
            uint block = _shard.Users.PeekBlock(_userPositions[(uint)i]);
            if (block != FlowTable.None)
                _shard.Blocks.Prefetch(block, frames[indices[i]].Key.Protocol);
        }
    }

    private void Count(DropReason reason, Verdict verdict)
    {
        if (reason != DropReason.None)
            _shard.Drops.Add(reason);
        else if (verdict == Verdict.PassToHost)
            _shard.Counters.PassedToHost++;
        else if (verdict == Verdict.ForwardUntranslated)
            _shard.Counters.Untranslated++;
        else if (verdict == Verdict.Hairpin)
            _shard.Counters.Hairpinned++;
    }

    private DropReason Decide(ref FrameDescriptor frame, Span<byte> bytes, long nowMs, out Verdict verdict)
    {
        verdict = Verdict.PassToHost;
        switch (frame.Kind)
        {
            case PacketKind.Flow or PacketKind.Fragment or PacketKind.IcmpError or PacketKind.OtherIPv4:
                if (IsForHost(in frame.Key))
                    return DropReason.None;
                DropReason reason = CheckAddresses(ref frame, bytes);
                if (reason is DropReason.None or DropReason.TtlExpired && IsEchoToUs(in frame))
                    return AnswerEcho(ref frame, nowMs, out verdict);
                if (reason == DropReason.None && frame.Key.Side == Side.Lan && IsSubscribers(BinaryPrimitives.ReverseEndianness(frame.Key.DstAddrBe)))
                    return ForwardInside(ref frame, bytes, out verdict);
                if (reason == DropReason.None && _exempt.Covers(in frame, bytes, nowMs))
                    return ForwardExempt(ref frame, bytes, out verdict);
                return reason == DropReason.None ? DecideIPv4(ref frame, bytes, nowMs, out verdict) : reason;
            case PacketKind.Drop:
                return frame.Reason;
            default:
                return DropReason.None;
        }
    }

    private DropReason DecideIPv4(ref FrameDescriptor frame, Span<byte> bytes, long nowMs, out Verdict verdict)
    {
        verdict = Verdict.Forward;
        switch (frame.Kind)
        {
            case PacketKind.Flow:
                return TranslateFlow(ref frame, bytes, nowMs, out verdict, out _);
            case PacketKind.Fragment:
                return TranslateFragment(ref frame, bytes, nowMs, out verdict);
            case PacketKind.IcmpError:
                DropReason reason = _icmpErrors.Translate(ref frame, bytes, nowMs, out bool turnsRound);
                if (reason == DropReason.None && turnsRound)
                    verdict = TurnRound(ref frame, bytes);
                return reason;
            default:
                return frame.Key.Protocol == IpProtocol.Icmp ? DropReason.UnsupportedIcmp : DropReason.UnsupportedProtocol;
        }
    }

    /// <summary>An echo request to a public address is the gateway's own to answer, whoever sends it.</summary>
    private bool IsEchoToUs(ref readonly FrameDescriptor frame) => frame.Kind == PacketKind.Flow && frame.Key.Protocol == IpProtocol.Icmp
        && frame.TcpFlags == IcmpType.EchoRequest && _shard.Pool.IndexOf(frame.Key.DstAddrBe) is >= 0 and int index && !_shard.Pool.IsStatic(index);

    private DropReason AnswerEcho(ref FrameDescriptor frame, long nowMs, out Verdict verdict)
    {
        verdict = Verdict.PassToHost;
        if (_shard.Resolver.IsLocal(MappedAddress.OfBe(frame.Key.DstAddrBe)))
            return DropReason.None; // The kernel has seen the request and answers it.
        verdict = Verdict.Reflect;
        return (frame.Flags & FrameFlags.Hairpinned) == FrameFlags.None && _responder.TryAnswerEcho(ref frame, nowMs) ? DropReason.None : DropReason.Filtered;
    }

    // Between subscribers' networks nothing is translated; their policies hold all the same.
    private DropReason ForwardInside(ref FrameDescriptor frame, Span<byte> bytes, out Verdict verdict)
    {
        verdict = Verdict.ForwardUntranslated;
        if (!_exempt.IsAllowed(in frame.Key))
            return DropReason.Policy;
        ushort path = _shard.Resolver.Inside(MappedAddress.OfBe(frame.Key.DstAddrBe), frame.Key.Zone);
        return path == PathTable.None ? DropReason.NoRoute : ForwardAsIs(ref frame, bytes, path, verdict);
    }

    private DropReason ForwardAsIs(ref FrameDescriptor frame, Span<byte> bytes, ushort path, Verdict verdict)
    {
        DropReason reason = CheckSize(bytes, in frame, path, becomesIpv6: false, out bool isCut);
        if (reason != DropReason.None)
            return reason;
        frame.PathIndex = path;
        NatRewriter.DecrementTtl(bytes, frame.L3Offset);
        return isCut ? _fragmenter.TryCut(ref frame, _mtuBytes, verdict) : DropReason.None;
    }

    private DropReason ForwardExempt(ref FrameDescriptor frame, Span<byte> bytes, out Verdict verdict)
    {
        verdict = Verdict.ForwardUntranslated;
        if (!_exempt.IsAllowed(in frame.Key))
            return DropReason.Policy;
        ushort path = frame.Key.Side == Side.Lan
            ? _shard.Resolver.Outside(MappedAddress.OfBe(frame.Key.DstAddrBe))
            : _exempt.InsidePath(in frame.Key);
        return path == PathTable.None ? DropReason.NoRoute : ForwardAsIs(ref frame, bytes, path, verdict);
    }

    /// <summary>
    /// Whether a packet fits its way (RFC 4787 REQ-13): if not, it is cut where its sender allows that. One that NAT64 makes longer afterwards must
    /// leave room for that (RFC 7915 section 4), and the way's MTU stands for the least one of the network behind it.
    /// </summary>
    private DropReason CheckSize(ReadOnlySpan<byte> bytes, ref readonly FrameDescriptor frame, ushort path, bool becomesIpv6, out bool isCut)
    {
        bool isFragment = ((bytes[frame.L3Offset + 6] & 0x3F) | bytes[frame.L3Offset + 7]) != 0;
        bool mayNotBeCut = (bytes[frame.L3Offset + 6] & 0x40) != 0;
        int mtuBytes = _shard.Paths[path].MtuBytes;
        if (becomesIpv6 && mtuBytes != 0)
            mtuBytes = Math.Max(mtuBytes - (isFragment ? Ipv4ToIpv6.GrowthBytesMax : GrowthBytes), Ipv4MtuMin);
        isCut = mtuBytes != 0 && L3Bytes(bytes, in frame) > mtuBytes;
        if (becomesIpv6 && isCut && !isFragment && !mayNotBeCut)
            mtuBytes = Math.Max(mtuBytes - Ipv6HeaderWalker.FragmentHeaderBytes, Ipv4MtuMin); // Its parts need a fragment header each.
        _mtuBytes = (ushort)mtuBytes;
        return isCut && mayNotBeCut ? DropReason.PacketTooBig : DropReason.None;
    }

    /// <summary>
    /// Multicast and broadcast are the host's affair (DHCP, mDNS, routing protocols), as is what goes to the box itself and, where nobody routes it
    /// here, traffic between subscribers' own networks.
    /// </summary>
    private bool IsForHost(ref readonly FlowKey key)
    {
        uint destination = BinaryPrimitives.ReverseEndianness(key.DstAddrBe);
        if (Martian.IsMulticastOrBroadcast(destination))
            return true;
        if (_shard.Resolver.IsLocal(MappedAddress.OfBe(key.DstAddrBe)))
            return _shard.Pool.IndexOf(key.DstAddrBe) < 0 || (key.Side == Side.Lan && key.Protocol is IpProtocol.Tcp or IpProtocol.Udp && !IsPoolPort(in key));
        return key.Side == Side.Lan && !_shard.Resolver.RoutesInside && IsSubscribers(destination);
    }

    private bool IsSubscribers(uint destination) => _shard.LanPrefixes.Length != 0 && _shard.IsLan(destination);

    private DropReason CheckAddresses(ref readonly FrameDescriptor frame, ReadOnlySpan<byte> bytes)
    {
        // A stand-in address was an IPv6 subscriber's, whose own address has been judged.
        if ((frame.Flags & FrameFlags.FamilyTranslated) != FrameFlags.None && frame.Key.Side == Side.Lan)
            return bytes[frame.L3Offset + 8] <= 1 ? DropReason.TtlExpired : DropReason.None;

        uint source = BinaryPrimitives.ReverseEndianness(frame.Key.SrcAddrBe);
        if (Martian.IsNotForwardable(source) || Martian.IsNotForwardable(BinaryPrimitives.ReverseEndianness(frame.Key.DstAddrBe)))
            return DropReason.MartianAddress;
        if (_shard.LanPrefixes.Length != 0 && _shard.IsLan(source) != (frame.Key.Side == Side.Lan))
            return DropReason.SpoofedSource;
        bool isOurs = _shard.Pool.IndexOf(frame.Key.SrcAddrBe) >= 0;
        if (isOurs && (frame.Flags & FrameFlags.Hairpinned) == FrameFlags.None)
            return DropReason.SpoofedSource;
        return bytes[frame.L3Offset + 8] <= 1 ? DropReason.TtlExpired : DropReason.None;
    }

    private DropReason TranslateFlow(ref FrameDescriptor frame, Span<byte> bytes, long nowMs, out Verdict verdict, out uint slot)
    {
        verdict = Verdict.Forward;
        slot = FlowTable.None;
        if (frame.Key.Protocol == IpProtocol.Icmp && frame.Key.Side == Side.Wan && !IcmpType.IsReply(frame.TcpFlags) && !IsToStatic(in frame.Key))
            return DropReason.Filtered; // A query from outside, even where an inside host uses its identifier.
        DropReason reason = FindOrOpen(ref frame, nowMs, out slot, out bool isNew);
        if (reason != DropReason.None)
            return reason;

        ref FlowRecord flow = ref _shard.Flows.Flow(slot >> 1);
        reason = FindWay(bytes, in frame, in flow, out ushort path, out bool isCut);
        if (reason != DropReason.None)
            return reason;
        if (!isNew)
            Track(ref flow, slot >> 1, in frame);
        if (frame.Kind == PacketKind.Fragment && frame.Key.Side == Side.Lan)
            Ipv4Fragment.SetIdentification(bytes[frame.L3Offset..], _fragmentIdBe);
        FlowAccounting.Count(ref flow, _shard, slot, L3Bytes(bytes, in frame), (uint)nowMs);
        FlowTranslation.Apply(bytes, in frame, in flow, slot & 1);
        if (frame.Key.Protocol == IpProtocol.Tcp && (frame.TcpFlags & TcpFlags.Syn) != 0)
            ClampMss(bytes, in frame, in flow, path);
        frame.PathIndex = path;
        if ((flow.Flags & FlowFlags.Helper) != FlowFlags.None)
            reason = _alg.OnTranslated(ref frame, slot, nowMs);
        if (reason != DropReason.None)
            return reason;
        if (isCut)
            return _fragmenter.TryCut(ref frame, _mtuBytes, verdict);
        if (IsHairpin(in frame, in flow))
            verdict = TurnRound(ref frame, bytes);
        return DropReason.None;
    }

    private bool IsToStatic(ref readonly FlowKey key) => _shard.Pool.IndexOf(key.DstAddrBe) is >= 0 and int index && _shard.Pool.IsStatic(index);

    private static bool IsHairpin(ref readonly FrameDescriptor frame, ref readonly FlowRecord flow) =>
        frame.Key.Side == Side.Lan && (flow.Flags & FlowFlags.Hairpin) != FlowFlags.None;

    // A hairpinned packet takes no way in its first pass.
    private DropReason FindWay(
        ReadOnlySpan<byte> bytes, ref readonly FrameDescriptor frame, ref readonly FlowRecord flow, out ushort path, out bool isCut)
    {
        path = PathTable.None;
        isCut = false;
        if (IsHairpin(in frame, in flow))
            return DropReason.None;
        path = frame.Key.Side == Side.Lan ? _shard.OutsidePath(in flow) : _shard.InsidePath(flow.UserIndex);
        if (path == PathTable.None)
            return DropReason.NoRoute;
        return CheckSize(bytes, in frame, path, frame.Key.Side == Side.Wan && StandInAddress.Is(flow.InsideAddrBe), out isCut);
    }

    // What a SYN announces is what the other direction may send: the narrower of both ways counts, whichever side the SYN comes from.
    private void ClampMss(Span<byte> bytes, ref readonly FrameDescriptor frame, ref readonly FlowRecord flow, ushort path)
    {
        ushort clamp = _shard.Paths[path].MssClampBytes;
        ushort other = frame.Key.Side == Side.Lan ? _shard.Paths[_shard.Users.Gate(flow.UserIndex).PathIndex].MssClampBytes
            : _shard.Paths[_shard.OutsidePath(in flow)].MssClampBytes;
        if (other != 0 && (clamp == 0 || other < clamp))
            clamp = other;
        if (clamp != 0 && frame.Kind == PacketKind.Flow && TcpOptions.TryClampMss(bytes[frame.L4Offset..], clamp))
            _shard.Counters.MssClamped++;
    }

    private DropReason FindOrOpen(ref FrameDescriptor frame, long nowMs, out uint slot, out bool isNew)
    {
        isNew = false;
        slot = _shard.Flows.Find(in frame.Key, frame.Hash);
        if (slot != FlowTable.None && _shard.IsExpired(in _shard.Flows.Flow(slot >> 1), nowMs))
        {
            _shard.End(slot >> 1, nowMs);
            slot = FlowTable.None;
        }

        if (slot != FlowTable.None && frame.Key.Side == Side.Wan && _shard.IsForsaken(in _shard.Flows.Flow(slot >> 1), slot >> 1))
        {
            _shard.End(slot >> 1, nowMs);
            return DropReason.NoMapping;
        }

        if (slot != FlowTable.None)
        {
            DropReason stale = Reevaluate(slot >> 1, nowMs);
            if (stale != DropReason.StaleGeneration || frame.Key.Side == Side.Wan)
                return stale;
        }

        isNew = true;
        DropReason reason = frame.Key.Side == Side.Lan
            ? _opener.TryOpenOutbound(in frame.Key, frame.Hash, frame.TcpFlags, nowMs, out slot)
            : _opener.TryOpenInbound(in frame.Key, frame.TcpFlags, nowMs, out slot);
        if (reason == DropReason.None)
            _shard.Alg.OnOpened(slot, nowMs);
        return reason;
    }

    /// <summary>Brings a flow to the current generations, or ends it when its public address is gone.</summary>
    private DropReason Reevaluate(uint flowIndex, long nowMs)
    {
        ref FlowRecord flow = ref _shard.Flows.Flow(flowIndex);
        if (flow.PathGeneration != _shard.Paths[flow.PathIndex].Generation)
        {
            int addressIndex = _shard.Pool.IndexOf(flow.ExternalAddrBe);
            if (addressIndex < 0 || _shard.IsWithdrawn(addressIndex))
            {
                _shard.End(flowIndex, nowMs);
                _shard.Counters.FlowsWithdrawn++;
                return DropReason.StaleGeneration;
            }

            bool isHairpin = (flow.Flags & FlowFlags.Hairpin) != FlowFlags.None;
            ushort path = isHairpin ? PathTable.None : _shard.Resolver.Outside(MappedAddress.OfBe(flow.RemoteAddrBe));
            if (path == PathTable.None && !isHairpin)
                return DropReason.NoRoute;
            flow.PathIndex = PathTable.OfFlow(path);
            flow.PathGeneration = _shard.Paths[flow.PathIndex].Generation;
        }

        if (flow.PolicyGeneration == _shard.Users.Gate(flow.UserIndex).PolicyGeneration)
            return DropReason.None;
        if (_shard.Users[flow.UserIndex].PolicyVerdict == Verdict.Drop)
            return DropReason.Policy;
        flow.PolicyGeneration = _shard.Users.Gate(flow.UserIndex).PolicyGeneration;
        return DropReason.None;
    }

    private void Track(ref FlowRecord flow, uint flowIndex, ref readonly FrameDescriptor frame)
    {
        Side starter = (flow.Flags & FlowFlags.StartedOutside) != FlowFlags.None ? Side.Wan : Side.Lan;
        bool isAnswer = frame.Key.Side != starter;
        flow.State = flow.State switch
        {
            FlowState.UdpOneWay when isAnswer => FlowState.UdpSteady,
            FlowState.UdpShortOneWay when isAnswer => FlowState.UdpShortSteady,
            FlowState.IcmpOneWay when isAnswer => FlowState.IcmpAnswered,
            FlowState.UdpOneWay or FlowState.UdpShortOneWay or FlowState.IcmpOneWay => flow.State,
            _ when flow.Protocol == IpProtocol.Tcp => TcpMachine.Next(flow.State, frame.TcpFlags, frame.Key.Side),
            _ => flow.State,
        };
        bool isWanted = flow.State is FlowState.UdpSteady or FlowState.UdpShortSteady or FlowState.TcpEstablished;
        if (isWanted && (flow.Flags & FlowFlags.Keeper) == FlowFlags.None)
            _shard.Keep(ref flow, flowIndex);
    }

    private DropReason TranslateFragment(ref FrameDescriptor frame, Span<byte> bytes, long nowMs, out Verdict verdict)
    {
        verdict = Verdict.Forward;
        ushort identificationBe = MemoryMarshal.Read<ushort>(bytes[(frame.L3Offset + 4)..]);
        bool isFirst = ((bytes[frame.L3Offset + 6] & 0x1F) | bytes[frame.L3Offset + 7]) == 0;
        if (!isFirst)
            return TranslateLater(ref frame, bytes, identificationBe, nowMs, out verdict);
        if (frame.Key.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Icmp))
            return DropReason.UnsupportedProtocol;

        // A first fragment that comes again keeps its number, for the others may have left already.
        FlowKey datagram = frame.Key;
        bool isKnown = _shard.Fragments.TryFind(in datagram, identificationBe, nowMs, out FragmentContext known);
        _fragmentIdBe = isKnown ? known.IdentificationBe : frame.Key.Side == Side.Lan ? _shard.NextIdentificationBe() : identificationBe;
        ushort firstBytes = (ushort)(L3Bytes(bytes, in frame) - (uint)((bytes[frame.L3Offset] & 0x0F) * 4));
        DropReason reason = TranslateFlow(ref frame, bytes, nowMs, out verdict, out uint slot);
        if (reason != DropReason.None)
            return reason;
        if (!_shard.Fragments.TryAdd(in datagram, identificationBe, new FragmentContext(slot, _fragmentIdBe, firstBytes), nowMs))
            return DropReason.FragmentTableFull;
        if (_held.Count != 0)
            ReleaseHeld(in datagram, identificationBe, nowMs);
        return DropReason.None;
    }

    private DropReason TranslateLater(ref FrameDescriptor frame, Span<byte> bytes, ushort identificationBe, long nowMs, out Verdict verdict)
    {
        verdict = Verdict.Forward;
        if (!_shard.Fragments.TryFind(in frame.Key, identificationBe, nowMs, out FragmentContext known))
            return Hold(in frame, identificationBe, nowMs, out verdict);
        int offsetBytes = (BinaryPrimitives.ReadUInt16BigEndian(bytes[(frame.L3Offset + 6)..]) & Ipv4Header.OffsetMask) * 8;
        if (offsetBytes < known.FirstBytes)
            return DropReason.FragmentBad;

        // The flow may have ended meanwhile and its entry may be another's: then the addresses do not fit.
        if (known.Value >> 1 >= _shard.Flows.UsedIndexEnd)
            return DropReason.FragmentUnknown;
        ref FlowRecord flow = ref _shard.Flows.Flow(known.Value >> 1);
        uint expected = frame.Key.Side == Side.Lan ? flow.InsideAddrBe : flow.RemoteAddrBe;
        if (flow.State == FlowState.None || expected != frame.Key.SrcAddrBe || flow.Protocol != frame.Key.Protocol)
            return DropReason.FragmentUnknown;
        DropReason reason = FindWay(bytes, in frame, in flow, out ushort path, out bool isCut);
        if (reason != DropReason.None)
            return reason;
        if (frame.Key.Side == Side.Lan)
            Ipv4Fragment.SetIdentification(bytes[frame.L3Offset..], known.IdentificationBe);
        FlowAccounting.Count(ref flow, _shard, known.Value, L3Bytes(bytes, in frame), (uint)nowMs);
        FlowTranslation.ApplyAddress(bytes, in frame, in flow, known.Value & 1);
        frame.PathIndex = path;
        if (isCut)
            return _fragmenter.TryCut(ref frame, _mtuBytes, verdict);
        if (IsHairpin(in frame, in flow))
            verdict = TurnRound(ref frame, bytes);
        return DropReason.None;
    }

    // RFC 4787 REQ-14: fragments may come in any order.
    private DropReason Hold(ref readonly FrameDescriptor frame, ushort identificationBe, long nowMs, out Verdict verdict)
    {
        verdict = Verdict.Held;
        if (_chunks == null)
            return DropReason.FragmentUnknown;
        if (!_held.TryHold(in frame, identificationBe, nowMs))
            return DropReason.FragmentTableFull;
        _shard.Counters.FragmentsHeld++;
        return DropReason.None;
    }

    private void ReleaseHeld(in FlowKey datagram, ushort identificationBe, long nowMs)
    {
        while (_held.TryTake(in datagram, identificationBe, out FrameDescriptor frame))
        {
            Span<byte> bytes = _umem.Frame(frame.FrameOffset, frame.LengthBytes);
            DropReason reason = TranslateLater(ref frame, bytes, identificationBe, nowMs, out Verdict verdict);
            if (reason == DropReason.None && _extras.Room == 0)
                reason = DropReason.NoFreeChunk;
            Count(reason, verdict);
            if (reason == DropReason.None)
                _extras.Add(in frame, verdict);
            else
                _chunks!.Return(_umem.ChunkOf(frame.FrameOffset));
        }
    }

    /// <summary>
    /// A packet from inside to one of our public addresses (RFC 4787 REQ-9): translated outbound, it now comes from outside. Its key
    /// is read anew from the packet; the TTL step is undone, for the second pass makes it again.
    /// </summary>
    private Verdict TurnRound(ref FrameDescriptor frame, Span<byte> bytes)
    {
        NatRewriter.RestoreTtl(bytes, frame.L3Offset);
        frame.Flags |= FrameFlags.Hairpinned;
        FrameParser.ParseBatch(_umem, MemoryMarshal.CreateSpan(ref frame, 1), zone: 0, Side.Wan, _shard.Hash);
        return Verdict.Hairpin;
    }

    private static uint L3Bytes(ReadOnlySpan<byte> bytes, ref readonly FrameDescriptor frame)
    {
        ushort total = BinaryPrimitives.ReadUInt16BigEndian(bytes[(frame.L3Offset + 2)..]);
        return total != 0 ? total : (uint)(frame.LengthBytes - frame.L3Offset);
    }
}
