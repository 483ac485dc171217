using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Paths;
using Natflow.Flows.Table;
using Natflow.Memory;
using Natflow.Packets;

namespace Natflow.Flows.Shards;

/// <summary>Everything but an established flow's plain packets: new flows, state changes, hairpins, fragments, ICMP errors, what is not ours.</summary>
/// <remarks>Owner thread only; no allocation. Every frame leaves with a verdict, every drop with a reason.</remarks>
internal sealed class SlowPath(ShardState shard, Umem umem) : IDisposable
{
    private readonly FlowOpener _opener = new(shard);
    private readonly IcmpErrorPath _icmpErrors = new(shard);
    private readonly NativeArray<uint> _userPositions = new(FrameDescriptor.BurstMax);
    private readonly NativeArray<uint> _mappingPositions = new(FrameDescriptor.BurstMax);

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
            Span<byte> bytes = umem.Frame(frame.FrameOffset, frame.LengthBytes);
            DropReason reason = Decide(ref frame, bytes, nowMs, out Verdict verdict);
            verdicts[index] = reason == DropReason.None ? verdict : Verdict.Drop;
            Count(reason, verdict);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _userPositions.Dispose();
        _mappingPositions.Dispose();
    }

    // A storm of new flows is bound by memory: heads of both chains first, then the records they name, then the blocks these name.
    private void Prefetch(Span<FrameDescriptor> frames, ReadOnlySpan<ushort> indices)
    {
        for (int i = 0; i < indices.Length; i++)
        {
            ref FrameDescriptor frame = ref frames[indices[i]];
            _userPositions[(uint)i] = shard.Users.PrefetchHead(frame.Key.SrcAddrBe, frame.Key.Zone);
            _mappingPositions[(uint)i] = shard.Mappings.PrefetchHead(in frame.Key);
        }

        for (int i = 0; i < indices.Length; i++)
        {
            shard.Users.PrefetchChain(_userPositions[(uint)i]);
            shard.Mappings.PrefetchChain(_mappingPositions[(uint)i]);
        }

        for (int i = 0; i < indices.Length; i++)
        {
            uint block = shard.Users.PeekBlock(_userPositions[(uint)i]);
            if (block != FlowTable.None)
                shard.Blocks.Prefetch(block, frames[indices[i]].Key.Protocol);
        }
    }

    private void Count(DropReason reason, Verdict verdict)
    {
        if (reason != DropReason.None)
            shard.Drops.Add(reason);
        else if (verdict == Verdict.PassToHost)
            shard.Counters.PassedToHost++;
        else if (verdict == Verdict.ForwardUntranslated)
            shard.Counters.Untranslated++;
        else if (verdict == Verdict.Hairpin)
            shard.Counters.Hairpinned++;
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

    /// <summary>Multicast and broadcast are the host's affair (DHCP, mDNS, routing protocols), as is traffic between subscribers' own networks.</summary>
    private bool IsForHost(ref readonly FlowKey key)
    {
        uint destination = BinaryPrimitives.ReverseEndianness(key.DstAddrBe);
        return Martian.IsMulticastOrBroadcast(destination) || (key.Side == Side.Lan && shard.LanPrefixes.Length != 0 && shard.IsLan(destination));
    }

    private DropReason CheckAddresses(ref readonly FrameDescriptor frame, ReadOnlySpan<byte> bytes)
    {
        // A stand-in address was an IPv6 subscriber's, whose own address has been judged.
        if ((frame.Flags & FrameFlags.FamilyTranslated) != FrameFlags.None && frame.Key.Side == Side.Lan)
            return bytes[frame.L3Offset + 8] <= 1 ? DropReason.TtlExpired : DropReason.None;

        uint source = BinaryPrimitives.ReverseEndianness(frame.Key.SrcAddrBe);
        if (Martian.IsNotForwardable(source) || Martian.IsNotForwardable(BinaryPrimitives.ReverseEndianness(frame.Key.DstAddrBe)))
            return DropReason.MartianAddress;
        if (shard.LanPrefixes.Length != 0 && shard.IsLan(source) != (frame.Key.Side == Side.Lan))
            return DropReason.SpoofedSource;
        bool isOurs = shard.Pool.IndexOf(frame.Key.SrcAddrBe) >= 0;
        if (isOurs && (frame.Flags & FrameFlags.Hairpinned) == FrameFlags.None)
            return DropReason.SpoofedSource;
        return bytes[frame.L3Offset + 8] <= 1 ? DropReason.TtlExpired : DropReason.None;
    }

    private DropReason TranslateFlow(ref FrameDescriptor frame, Span<byte> bytes, long nowMs, out Verdict verdict, out uint slot)
    {
        verdict = Verdict.Forward;
        DropReason reason = FindOrOpen(ref frame, nowMs, out slot, out bool isNew);
        if (reason != DropReason.None)
            return reason;

        ref FlowRecord flow = ref shard.Flows.Flow(slot >> 1);
        ushort path = frame.Key.Side == Side.Lan ? shard.OutsidePath(in flow) : shard.InsidePath(flow.UserIndex);
        if (path == PathTable.None)
            return DropReason.NoRoute;
        if (!isNew)
            Track(ref flow, in frame);
        FlowAccounting.Count(ref flow, shard, slot, L3Bytes(bytes, in frame), (uint)nowMs);
        FlowTranslation.Apply(bytes, in frame, in flow, slot & 1);
        frame.PathIndex = path;
        if (frame.Key.Side == Side.Lan && (flow.Flags & FlowFlags.Hairpin) != FlowFlags.None)
            verdict = TurnRound(ref frame, bytes);
        return DropReason.None;
    }

    private DropReason FindOrOpen(ref FrameDescriptor frame, long nowMs, out uint slot, out bool isNew)
    {
        isNew = false;
        slot = shard.Flows.Find(in frame.Key, frame.Hash);
        if (slot != FlowTable.None && shard.IsExpired(in shard.Flows.Flow(slot >> 1), nowMs))
        {
            shard.End(slot >> 1, nowMs);
            slot = FlowTable.None;
        }

        if (slot != FlowTable.None)
        {
            DropReason stale = Reevaluate(slot >> 1, nowMs);
            if (stale != DropReason.StaleGeneration || frame.Key.Side == Side.Wan)
                return stale;
        }

        isNew = true;
        return frame.Key.Side == Side.Lan
            ? _opener.TryOpenOutbound(in frame.Key, frame.Hash, frame.TcpFlags, nowMs, out slot)
            : _opener.TryOpenInbound(in frame.Key, frame.TcpFlags, nowMs, out slot);
    }

    /// <summary>Brings a flow to the current generations, or ends it when its public address is gone.</summary>
    private DropReason Reevaluate(uint flowIndex, long nowMs)
    {
        ref FlowRecord flow = ref shard.Flows.Flow(flowIndex);
        if (flow.PathGeneration != shard.Paths[flow.PathIndex].Generation)
        {
            int addressIndex = shard.Pool.IndexOf(flow.ExternalAddrBe);
            if (addressIndex < 0 || shard.IsWithdrawn(addressIndex))
            {
                shard.End(flowIndex, nowMs);
                return DropReason.StaleGeneration;
            }

            ushort path = shard.Resolver.Outside(MappedAddress.OfBe(flow.RemoteAddrBe));
            if (path == PathTable.None)
                return DropReason.NoRoute;
            flow.PathIndex = PathTable.OfFlow(path);
            flow.PathGeneration = shard.Paths[flow.PathIndex].Generation;
        }

        if (flow.PolicyGeneration == shard.Users.Gate(flow.UserIndex).PolicyGeneration)
            return DropReason.None;
        if (shard.Users[flow.UserIndex].PolicyVerdict == Verdict.Drop)
            return DropReason.Policy;
        flow.PolicyGeneration = shard.Users.Gate(flow.UserIndex).PolicyGeneration;
        return DropReason.None;
    }

    private static void Track(ref FlowRecord flow, ref readonly FrameDescriptor frame)
    {
        if (flow.Protocol == IpProtocol.Tcp)
        {
            flow.State = TcpMachine.Next(flow.State, frame.TcpFlags, frame.Key.Side);
            return;
        }

        Side starter = (flow.Flags & FlowFlags.StartedOutside) != FlowFlags.None ? Side.Wan : Side.Lan;
        if (frame.Key.Side != starter)
            flow.State = flow.Protocol == IpProtocol.Udp ? FlowState.UdpSteady : FlowState.IcmpSteady;
    }

    private DropReason TranslateFragment(ref FrameDescriptor frame, Span<byte> bytes, long nowMs, out Verdict verdict)
    {
        verdict = Verdict.Forward;
        ushort identificationBe = MemoryMarshal.Read<ushort>(bytes[(frame.L3Offset + 4)..]);
        bool isFirst = ((bytes[frame.L3Offset + 6] & 0x1F) | bytes[frame.L3Offset + 7]) == 0;
        FlowKey datagram = frame.Key;
        if (isFirst)
        {
            if (frame.Key.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Icmp))
                return DropReason.UnsupportedProtocol;
            DropReason reason = TranslateFlow(ref frame, bytes, nowMs, out verdict, out uint slot);
            if (reason != DropReason.None)
                return reason;
            return shard.Fragments.TryAdd(in datagram, identificationBe, slot, nowMs) ? DropReason.None : DropReason.FragmentTableFull;
        }

        if (!shard.Fragments.TryFind(in datagram, identificationBe, nowMs, out uint known))
            return DropReason.FragmentUnknown;

        // The flow may have ended meanwhile and its entry may be another's: then the addresses do not fit.
        ref FlowRecord flow = ref shard.Flows.Flow(known >> 1);
        uint expected = frame.Key.Side == Side.Lan ? flow.InsideAddrBe : flow.RemoteAddrBe;
        if (flow.State == FlowState.None || expected != frame.Key.SrcAddrBe || flow.Protocol != frame.Key.Protocol)
            return DropReason.FragmentUnknown;
        ushort path = frame.Key.Side == Side.Lan ? shard.OutsidePath(in flow) : shard.InsidePath(flow.UserIndex);
        if (path == PathTable.None)
            return DropReason.NoRoute;
        FlowAccounting.Count(ref flow, shard, known, L3Bytes(bytes, in frame), (uint)nowMs);
        FlowTranslation.ApplyAddress(bytes, in frame, in flow, known & 1);
        frame.PathIndex = path;
        if (frame.Key.Side == Side.Lan && (flow.Flags & FlowFlags.Hairpin) != FlowFlags.None)
            verdict = TurnRound(ref frame, bytes);
        return DropReason.None;
    }

    /// <summary>
    /// A packet from inside to one of our public addresses (RFC 4787 REQ-9): translated outbound, it now comes from outside. Its key
    /// is read anew from the packet; the TTL step is undone, for the second pass makes it again.
    /// </summary>
    private Verdict TurnRound(ref FrameDescriptor frame, Span<byte> bytes)
    {
        NatRewriter.RestoreTtl(bytes, frame.L3Offset);
        frame.Flags |= FrameFlags.Hairpinned;
        FrameParser.ParseBatch(umem, MemoryMarshal.CreateSpan(ref frame, 1), zone: 0, Side.Wan, shard.Hash);
        return Verdict.Hairpin;
    }

    private static uint L3Bytes(ReadOnlySpan<byte> bytes, ref readonly FrameDescriptor frame)
    {
        ushort total = BinaryPrimitives.ReadUInt16BigEndian(bytes[(frame.L3Offset + 2)..]);
        return total != 0 ? total : (uint)(frame.LengthBytes - frame.L3Offset);
    }
}
