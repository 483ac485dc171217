using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Alg;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Fragments;
using Natflow.Flows.Hosts;
using Natflow.Flows.Paths;
using Natflow.Flows.Table;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Ip;
using Natflow.Packets.Transport;

namespace Natflow.Flows.Shards;

/// <summary>Everything but an established flow's plain packets: new flows, state changes, hairpins, fragments, ICMP errors, what is not ours.</summary>
/// <remarks>Owner thread only; no allocation. Every frame leaves with a verdict, every drop with a reason.</remarks>
internal sealed class SlowPath : IDisposable
{
    private readonly ShardState _shard;
    private readonly Umem _umem;
    private readonly ChunkPool? _chunks;
    private readonly AddressRules _rules;
    private readonly WayFinder _ways;
    private readonly FlowLookup _lookup;
    private readonly FlowForesight _foresight;
    private readonly UntranslatedPath _untranslated;
    private readonly DropAnswers _answers;
    private readonly IcmpErrorPath _icmpErrors;
    private readonly IcmpResponder _responder;
    private readonly AlgPath _alg;
    private readonly ExemptPath _exempt;
    private readonly Fragmenter _fragmenter;
    private readonly HeldFragments _held;
    private readonly ExtraFrames _extras = new();
    private ushort _fragmentIdBe;
    private uint _slot; // Of the flow that the frame in hand went by.

    /// <summary>Makes the path of a shard.</summary>
    /// <param name="shard">What it owns.</param>
    /// <param name="umem">Where the frames lie.</param>
    /// <param name="chunks">The worker's free chunks, or null.</param>
    internal SlowPath(ShardState shard, Umem umem, ChunkPool? chunks)
    {
        _shard = shard;
        _umem = umem;
        _chunks = chunks;
        _rules = new AddressRules(shard);
        _ways = new WayFinder(shard);
        _lookup = new FlowLookup(shard);
        _foresight = new FlowForesight(shard, umem);
        _icmpErrors = new IcmpErrorPath(shard);
        _responder = new IcmpResponder(shard, umem);
        _alg = new AlgPath(shard, umem);
        _exempt = new ExemptPath(shard);
        _fragmenter = new Fragmenter(shard, umem, _extras, chunks);
        _held = new HeldFragments(shard.Settings.HeldFragmentCapacity, (long)shard.Settings.FragmentWait.TotalMilliseconds);
        _untranslated = new UntranslatedPath(shard, _exempt, _ways, _fragmenter);
        Refusal = new HostRefusal(shard, umem, _responder, _extras, chunks);
        _answers = new DropAnswers(shard, umem, _responder, _extras, chunks, Refusal);
    }

    /// <summary>What both ends of refused flows hear.</summary>
    internal HostRefusal Refusal { get; }

    /// <summary>Frames that wait for <see cref="TakeExtras"/>.</summary>
    internal int ExtraCount => _extras.Count;

    /// <inheritdoc cref="FlowShard.TakeExtras" />
    internal int TakeExtras(Span<FrameDescriptor> frames, Span<Verdict> verdicts) => _extras.Take(frames, verdicts);

    /// <summary>Gives up fragments that waited in vain, and refuses the SYNs whose silence is over. Bounded by the rings' sizes.</summary>
    internal void Advance(long nowMs)
    {
        GiveUpHeld(nowMs);
        _answers.Advance(nowMs);
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
    /// <param name="slots">Receives the slots of the flows that they went by, one a frame of the burst.</param>
    /// <param name="verdicts">Receives their verdicts.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    public void Process(Span<FrameDescriptor> frames, ReadOnlySpan<ushort> indices, Span<uint> slots, Span<Verdict> verdicts, long nowMs)
    {
        while (!indices.IsEmpty)
        {
            ReadOnlySpan<ushort> group = indices[..Math.Min(indices.Length, FlowForesight.GroupMax)];
            indices = indices[group.Length..];
            _foresight.Ask(frames, group, slots);
            DecideAll(frames, group, slots, verdicts, nowMs);
        }
    }

    private void DecideAll(Span<FrameDescriptor> frames, ReadOnlySpan<ushort> indices, Span<uint> slots, Span<Verdict> verdicts, long nowMs)
    {
        foreach (ushort index in indices)
        {
            ref FrameDescriptor frame = ref frames[index];
            Span<byte> bytes = _umem.Frame(frame.FrameOffset, frame.LengthBytes);
            _shard.Policies.Arrival = Arrival.Of(in frame, bytes);
            _slot = FlowTable.None;
            DropReason reason = Decide(ref frame, bytes, nowMs, out Verdict verdict);
            slots[index] = _slot;
            if (reason != DropReason.None && frame.Key.Side == Side.Wan && _rules.IsOwnTraffic(ref frame, reason))
            {
                reason = DropReason.None;
                verdict = Verdict.PassToHost;
            }

            Count(reason, verdict);
            verdicts[index] = reason == DropReason.None ? verdict : _answers.Answer(ref frame, bytes, reason, _ways.MtuBytes, nowMs);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _foresight.Dispose();
        _alg.Dispose();
        _held.Dispose();
        _answers.Dispose();
        _extras.Dispose();
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
                if (_rules.IsForHost(in frame.Key))
                    return DropReason.None;
                DropReason reason = _rules.Check(ref frame, bytes);
                if (reason is DropReason.None or DropReason.TtlExpired && _rules.IsEchoToUs(in frame))
                    return AnswerEcho(ref frame, nowMs, out verdict);
                if (reason == DropReason.None && frame.Key.Side == Side.Lan && _rules.IsSubscribers(BinaryPrimitives.ReverseEndianness(frame.Key.DstAddrBe)))
                    return _untranslated.ForwardInside(ref frame, bytes, nowMs, out verdict);
                if (reason == DropReason.None && _exempt.Covers(in frame, bytes, nowMs))
                    return _untranslated.ForwardExempt(ref frame, bytes, nowMs, out verdict);
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

    private DropReason AnswerEcho(ref FrameDescriptor frame, long nowMs, out Verdict verdict)
    {
        verdict = Verdict.PassToHost;
        if (_shard.Resolver.IsLocal(MappedAddress.OfBe(frame.Key.DstAddrBe)))
            return DropReason.None; // The kernel has seen the request and answers it.
        verdict = Verdict.Reflect;
        return (frame.Flags & FrameFlags.Hairpinned) == FrameFlags.None && _responder.TryAnswerEcho(ref frame, nowMs) ? DropReason.None : DropReason.Filtered;
    }

    private DropReason TranslateFlow(ref FrameDescriptor frame, Span<byte> bytes, long nowMs, out Verdict verdict, out uint slot)
    {
        verdict = Verdict.Forward;
        slot = FlowTable.None;
        if (frame.Key.Protocol == IpProtocol.Icmp && frame.Key.Side == Side.Wan && !IcmpType.IsReply(frame.TcpFlags) && !IsToStatic(in frame.Key))
            return DropReason.Filtered; // A query from outside, even where an inside host uses its identifier.
        DropReason reason = _lookup.FindOrOpen(ref frame, nowMs, out slot, out bool isNew);
        if (reason != DropReason.None)
            return reason;

        _slot = slot;
        ref FlowRecord flow = ref _shard.Flows.Flow(slot >> 1);
        reason = _ways.Find(bytes, in frame, in flow, out ushort path, out bool isCut);
        if (reason != DropReason.None)
            return reason;
        if (IsOverRate(bytes, in frame, in flow, slot >> 1, nowMs))
            return DropReason.RateExceeded;
        if (!isNew)
            _lookup.Track(ref flow, slot >> 1, in frame);
        if (frame.Kind == PacketKind.Fragment && frame.Key.Side == Side.Lan)
            Ipv4Fragment.SetIdentification(bytes[frame.L3Offset..], _fragmentIdBe);
        FlowAccounting.Count(ref flow, _shard, slot, WayFinder.L3Bytes(bytes, in frame), (uint)nowMs);
        FlowTranslation.Apply(bytes, in frame, in flow, slot & 1);
        _shard.Offload?.OnPacket(isIpv6: false, slot >> 1);
        if (frame.Key.Protocol == IpProtocol.Tcp && (frame.TcpFlags & TcpFlags.Syn) != 0)
            ClampMss(bytes, in frame, in flow, path);
        frame.PathIndex = path;
        if ((flow.Flags & FlowFlags.Helper) != FlowFlags.None)
            reason = _alg.OnTranslated(ref frame, slot, nowMs);
        if (reason != DropReason.None)
            return reason;
        if (isCut)
            return _fragmenter.TryCut(ref frame, _ways.MtuBytes, verdict);
        if (WayFinder.IsHairpin(in frame, in flow))
            verdict = TurnRound(ref frame, bytes);
        return DropReason.None;
    }

    private bool IsOverRate(Span<byte> bytes, ref readonly FrameDescriptor frame, ref readonly FlowRecord flow, uint flowIndex, long nowMs) =>
        (flow.Flags & FlowFlags.Policed) != FlowFlags.None
        && !_shard.Policies.TryPolice(isIpv6: false, flowIndex, flow.UserIndex, frame.Key.Side, bytes[frame.L3Offset..], WayFinder.L3Bytes(bytes, in frame), nowMs);

    private bool IsToStatic(ref readonly FlowKey key) => _shard.Pool.IndexOf(key.DstAddrBe) is >= 0 and int index && _shard.Pool.IsStatic(index);

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
        ushort firstBytes = (ushort)(WayFinder.L3Bytes(bytes, in frame) - (uint)((bytes[frame.L3Offset] & 0x0F) * 4));
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
        DropReason reason = _ways.Find(bytes, in frame, in flow, out ushort path, out bool isCut);
        if (reason != DropReason.None)
            return reason;
        if (IsOverRate(bytes, in frame, in flow, known.Value >> 1, nowMs))
            return DropReason.RateExceeded;
        if (frame.Key.Side == Side.Lan)
            Ipv4Fragment.SetIdentification(bytes[frame.L3Offset..], known.IdentificationBe);
        FlowAccounting.Count(ref flow, _shard, known.Value, WayFinder.L3Bytes(bytes, in frame), (uint)nowMs);
        FlowTranslation.ApplyAddress(bytes, in frame, in flow, known.Value & 1);
        frame.PathIndex = path;
        if (isCut)
            return _fragmenter.TryCut(ref frame, _ways.MtuBytes, verdict);
        if (WayFinder.IsHairpin(in frame, in flow))
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

}
