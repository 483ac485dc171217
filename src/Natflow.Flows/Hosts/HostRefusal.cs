using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Ip;
using Natflow.Packets.Transport;

namespace Natflow.Flows.Hosts;

/// <summary>
/// What the ends of a refused flow hear: the client by its own packet that turns round, the server by a reset beside the burst. Where the client is silent, for it waits
/// for the server, the server's segments have both told.
/// </summary>
/// <remarks>Owner thread only; no allocation.</remarks>
internal sealed class HostRefusal(ShardState shard, Umem umem, IcmpResponder responder, ExtraFrames extras, ChunkPool? chunks)
{
    private readonly TcpAnswers _tcp = new(shard, umem);
    private readonly DnsAnswers _dns = new(shard, umem);
    private readonly Ipv6ErrorSender _icmpv6 = new(shard, umem);
    private readonly Ipv6Translation _translation = new(shard.Ipv6);

    /// <summary>Brings a packet from inside back into the form that its sender gave it.</summary>
    /// <returns>False for a packet of which nobody hears: from outside, on its way to another subscriber, or of another family meanwhile.</returns>
    internal bool TakeBack(ref FrameDescriptor frame, Verdict verdict, bool isIpv6, uint flowIndex)
    {
        bool isPlain = frame.Key.Side == Side.Lan && frame.L4Offset != 0 && (frame.Flags & (FrameFlags.Hairpinned | FrameFlags.FamilyTranslated)) == FrameFlags.None
            && verdict is Verdict.Forward or Verdict.ForwardUntranslated && frame.Key.Protocol is IpProtocol.Tcp or IpProtocol.Udp;
        if (!isPlain || frame.Kind is not (PacketKind.Flow or PacketKind.IPv6))
            return false;
        Span<byte> bytes = umem.Frame(frame.FrameOffset, frame.LengthBytes);
        if (isIpv6)
        {
            TakeBackIpv6(bytes, in frame, flowIndex);
            return true;
        }

        ref FlowRecord flow = ref shard.Flows.Flow(flowIndex);
        if (StandInAddress.Is(flow.InsideAddrBe))
            return false;
        FlowTranslation.Undo(bytes, in frame, in flow);
        return true;
    }

    /// <summary>Answers a packet of a refused flow.</summary>
    /// <param name="frame">As its sender gave it; on Reflect the answer, with its way.</param>
    /// <param name="isIpv6">In which table the flow is.</param>
    /// <param name="flowIndex">The flow.</param>
    /// <param name="treatment">What it gets.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    internal Verdict Answer(ref FrameDescriptor frame, bool isIpv6, uint flowIndex, FlowTreatment treatment, long nowMs)
    {
        if ((frame.Flags & FrameFlags.Hairpinned) != FrameFlags.None)
            return Verdict.Drop;
        bool isTcp = frame.Key.Protocol == IpProtocol.Tcp;
        if (frame.Key.Side != Side.Lan)
        {
            if (isTcp && treatment is FlowTreatment.Reset or FlowTreatment.RedirectHost)
                TellBoth(in frame, isIpv6, flowIndex);
            return Verdict.Drop;
        }

        uint userIndex = isIpv6 ? shard.Ipv6.Flows.Flow(flowIndex).UserIndex : shard.Flows.Flow(flowIndex).UserIndex;
        switch (treatment)
        {
            case FlowTreatment.Reset or FlowTreatment.RedirectHost when isTcp:
                TellServer(in frame, isIpv6, flowIndex);
                return _tcp.TryAnswer(ref frame, userIndex, treatment, nowMs) ? Verdict.Reflect : Verdict.Drop;
            case FlowTreatment.NameError or FlowTreatment.PortalAddress when !isTcp:
                return _dns.TryAnswer(ref frame, userIndex, treatment) ? Verdict.Reflect : Verdict.Drop;
            case FlowTreatment.Unreachable when !isTcp && isIpv6:
                return _icmpv6.Answer(ref frame, DropReason.Policy, 0, nowMs);
            case FlowTreatment.Unreachable when !isTcp:
                return responder.TryReport(ref frame, DropReason.Policy, 0, nowMs) ? Verdict.Reflect : Verdict.Drop;
            default:
                return Verdict.Drop;
        }
    }

    private void TakeBackIpv6(Span<byte> bytes, ref readonly FrameDescriptor frame, uint flowIndex)
    {
        ref Ipv6FlowRecord flow = ref shard.Ipv6.Flows.Flow(flowIndex);
        Span<byte> packet = bytes[frame.L3Offset..];
        packet[Ipv6Rewriter.HopLimitOffset]++;
        if ((flow.Flags & Ipv6FlowFlags.Translated) == Ipv6FlowFlags.None)
            return;
        Ipv6Address outside = Ipv6Address.Read(packet[Ipv6Rewriter.SrcOffset..]);
        flow.Inside.Write(packet[Ipv6Rewriter.SrcOffset..]);
        if (shard.Ipv6.Nat66 is null)
            return; // Prefixes are translated without a change of any checksum.
        Span<byte> l4 = bytes[frame.L4Offset..];
        ushort delta = Checksum.Combine(Ipv6Rewriter.Delta(in outside, in flow.Inside), Checksum.Delta(BitConverter.ToUInt16(l4), flow.InsidePortBe));
        BitConverter.TryWriteBytes(l4, flow.InsidePortBe);
        _ = Ipv6Rewriter.ApplyDelta(l4, TransportHeader.ChecksumOffset(flow.Protocol), delta, flow.Protocol);
    }

    // Once a flow, for the sequence number of the client's packet is what the server expects next (RFC 5961 section 3.2).
    private void TellServer(ref readonly FrameDescriptor frame, bool isIpv6, uint flowIndex)
    {
        if (CanTell(in frame, isIpv6, flowIndex) && shard.Hosts!.TryTell(isIpv6, flowIndex))
            Tell(in frame, isIpv6, flowIndex, Side.Lan, isBack: false);
    }

    // The client hears of each segment, for only the one that it expects next resets it: at the latest, that is the one that the server sends again.
    private void TellBoth(ref readonly FrameDescriptor frame, bool isIpv6, uint flowIndex)
    {
        if ((frame.TcpFlags & TcpFlags.Rst) != 0 || !CanTell(in frame, isIpv6, flowIndex))
            return;
        Tell(in frame, isIpv6, flowIndex, Side.Wan, isBack: false);
        if ((frame.TcpFlags & TcpFlags.Ack) != 0 && extras.Room != 0 && shard.Hosts!.TryTell(isIpv6, flowIndex))
            Tell(in frame, isIpv6, flowIndex, Side.Lan, isBack: true);
    }

    private bool CanTell(ref readonly FrameDescriptor frame, bool isIpv6, uint flowIndex)
    {
        bool isHairpin = isIpv6 ? shard.Ipv6.IsHairpin(in shard.Ipv6.Flows.Flow(flowIndex)) : (shard.Flows.Flow(flowIndex).Flags & FlowFlags.Hairpin) != FlowFlags.None;
        return !isHairpin && frame.Kind is PacketKind.Flow or PacketKind.IPv6 && frame.L4Offset != 0 && extras.Room != 0;
    }

    // As if the packet's sender had sent it, or, back, as if the one that the packet is for had.
    private void Tell(ref readonly FrameDescriptor frame, bool isIpv6, uint flowIndex, Side from, bool isBack)
    {
        ushort path = from == Side.Lan ? OutsidePath(isIpv6, flowIndex) : InsidePath(isIpv6, flowIndex);
        if (path == PathTable.None || chunks is null || !chunks.TryRent(out uint chunk))
            return;
        FrameDescriptor reset = frame;
        reset.FrameOffset = chunk + Umem.HeadroomBytes;
        reset.L4Offset = (byte)(frame.L3Offset + (isIpv6 ? Ipv6HeaderWalker.Ipv6Bytes : Ipv4Header.BytesMin));
        reset.LengthBytes = (ushort)(reset.L4Offset + TransportHeader.TcpBytesMin);
        reset.TcpFlags = TcpFlags.Rst;
        umem.Chunk(chunk)[..Umem.HeadroomBytes].Clear();
        Span<byte> bytes = umem.Frame(reset.FrameOffset, reset.LengthBytes);
        WriteReset(bytes, umem.Frame(frame.FrameOffset, frame.LengthBytes), in frame, in reset, isIpv6, isBack);
        reset.PathIndex = path;
        if (isBack || Translate(bytes, in reset, isIpv6, flowIndex, from))
            extras.Add(in reset, isIpv6 || isBack ? Verdict.ForwardUntranslated : Verdict.Forward);
        else
            chunks.Return(chunk);
    }

    private ushort OutsidePath(bool isIpv6, uint flowIndex) =>
        isIpv6 ? shard.Ipv6.OutsidePath(in shard.Ipv6.Flows.Flow(flowIndex)) : shard.OutsidePath(in shard.Flows.Flow(flowIndex));

    private ushort InsidePath(bool isIpv6, uint flowIndex)
    {
        if (!isIpv6)
            return shard.InsidePath(shard.Flows.Flow(flowIndex).UserIndex);
        ref Ipv6FlowRecord flow = ref shard.Ipv6.Flows.Flow(flowIndex);
        return shard.Ipv6.InsidePath(in flow.Inside, flow.UserIndex, flow.Zone);
    }

    // A packet's acknowledgement is what its sender expects next.
    private static void WriteReset(
        Span<byte> bytes, ReadOnlySpan<byte> packet, ref readonly FrameDescriptor frame, ref readonly FrameDescriptor reset, bool isIpv6, bool isBack)
    {
        packet[..frame.L3Offset].CopyTo(bytes);
        int addressBytes = isIpv6 ? Ipv6Address.SizeBytes : sizeof(uint);
        int offset = frame.L3Offset + (isIpv6 ? Ipv6Rewriter.SrcOffset : 12);
        Span<byte> addresses = stackalloc byte[2 * Ipv6Address.SizeBytes];
        addresses = addresses[..(2 * addressBytes)];
        packet.Slice(offset, addressBytes).CopyTo(addresses[(isBack ? addressBytes : 0)..]);
        packet.Slice(offset + addressBytes, addressBytes).CopyTo(addresses[(isBack ? 0 : addressBytes)..]);
        AnswerFrame.WriteIp(bytes[frame.L3Offset..], addresses, isIpv6, IpProtocol.Tcp, TransportHeader.TcpBytesMin);
        Span<byte> tcp = bytes[reset.L4Offset..];
        ReadOnlySpan<byte> from = packet[frame.L4Offset..];
        tcp.Clear();
        from.Slice(isBack ? 2 : 0, 2).CopyTo(tcp);
        from.Slice(isBack ? 0 : 2, 2).CopyTo(tcp[2..]);
        from.Slice(isBack ? 8 : 4, 4).CopyTo(tcp[4..]);
        tcp[12] = TransportHeader.TcpBytesMin / 4 << 4;
        tcp[13] = TcpFlags.Rst;
        AnswerFrame.End(tcp, IpProtocol.Tcp, addresses);
    }

    private bool Translate(Span<byte> bytes, ref readonly FrameDescriptor reset, bool isIpv6, uint flowIndex, Side from)
    {
        if (!isIpv6)
        {
            FlowTranslation.Apply(bytes, in reset, in shard.Flows.Flow(flowIndex), (uint)from);
            return true;
        }

        ref Ipv6FlowRecord flow = ref shard.Ipv6.Flows.Flow(flowIndex);
        if ((flow.Flags & Ipv6FlowFlags.Translated) == Ipv6FlowFlags.None)
            return true;
        var packet = Ipv6Packet.Read(bytes, in reset);
        return _translation.Apply(in packet, from, in flow) == DropReason.None;
    }
}
