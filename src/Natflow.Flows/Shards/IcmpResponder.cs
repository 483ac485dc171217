using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Table;
using Natflow.Memory;
using Natflow.Packets.Icmp;
using Natflow.Packets.Ip;
using Natflow.Packets.Link;

namespace Natflow.Flows.Shards;

/// <summary>
/// What the gateway itself says by ICMP: destination unreachable and time exceeded like a router (RFC 5508 REQ-10), echo replies for its public
/// addresses. Built in the chunk of the packet that caused it, which turns round. Bounded for each shard and subscriber (RFC 1812 section 4.3.2.8).
/// </summary>
/// <remarks>Owner thread only; nothing is allocated. The packet must not have been translated yet: it is quoted as its sender sent it.</remarks>
internal sealed class IcmpResponder(ShardState shard, Umem umem)
{
    // The port's own note lies at the start of a chunk.
    private const int NoteBytes = 8;
    private const int MacPairBytes = 12;
    private const byte NetUnreachable = 0;
    private const byte HostUnreachable = 1;
    private const byte PortUnreachable = 3;
    private const byte FragmentationNeeded = 4;
    private const byte Prohibited = 13;

    private long _shardDueUs;

    /// <summary>Turns a dropped frame into the ICMP error that its drop deserves.</summary>
    /// <param name="frame">Parsed and untranslated; on success the error, with its way.</param>
    /// <param name="reason">Why it was dropped.</param>
    /// <param name="mtuBytes">MTU of the way out, for <see cref="DropReason.PacketTooBig"/>.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <returns>False where nothing is to be said, or not now.</returns>
    internal bool TryReport(ref FrameDescriptor frame, DropReason reason, ushort mtuBytes, long nowMs) =>
        TryCodeOf(reason, frame.Key.Side, out byte type, out byte code)
        && TryReport(ref frame, type, code, type == IcmpType.DestinationUnreachable && code == FragmentationNeeded ? mtuBytes : (ushort)0, nowMs);

    /// <summary>Turns a SYN whose silence is over into "port unreachable" (RFC 5382 REQ-4).</summary>
    internal bool TryRefuseSyn(ref FrameDescriptor frame, long nowMs) =>
        TryReport(ref frame, IcmpType.DestinationUnreachable, PortUnreachable, 0, nowMs);

    /// <summary>Turns an echo request to a public address into its reply.</summary>
    internal bool TryAnswerEcho(ref FrameDescriptor frame, long nowMs)
    {
        Span<byte> bytes = umem.Frame(frame.FrameOffset, frame.LengthBytes);
        if (!shard.Settings.AnswerPing || frame.Kind != PacketKind.Flow || !TryFindWay(ref frame, bytes, nowMs, out ushort path))
            return false;
        int totalBytes = BinaryPrimitives.ReadUInt16BigEndian(bytes[(frame.L3Offset + 2)..]);
        if (totalBytes == 0 || totalBytes > bytes.Length - frame.L3Offset)
            return false;
        IcmpErrorBuilder.TurnEcho(bytes.Slice(frame.L3Offset, totalBytes));
        SwapLinkAddresses(bytes, frame.L3Offset);
        frame.PathIndex = path;
        shard.Counters.EchoesAnswered++;
        return true;
    }

    private static bool TryCodeOf(DropReason reason, Side side, out byte type, out byte code)
    {
        type = IcmpType.DestinationUnreachable;
        code = 0;
        switch (reason)
        {
            case DropReason.TtlExpired:
                type = IcmpType.TimeExceeded;
                return true;
            case DropReason.PacketTooBig:
                code = FragmentationNeeded;
                return true;
            case DropReason.NoRoute when side == Side.Lan:
                code = NetUnreachable;
                return true;
            case DropReason.FlowTableFull or DropReason.MappingTableFull or DropReason.UserTableFull or DropReason.PortsExhausted when side == Side.Lan:
                code = HostUnreachable; // RFC 6888 REQ-11 B.
                return true;
            case DropReason.PortQuotaExceeded or DropReason.FlowQuotaExceeded or DropReason.MappingRateExceeded or DropReason.Policy or DropReason.LoginRequired when side == Side.Lan:
                code = Prohibited; // RFC 5508 REQ-8.
                return true;
            default:
                return false;
        }
    }

    private bool TryReport(ref FrameDescriptor frame, byte type, byte code, ushort mtuBytes, long nowMs)
    {
        uint sourceBe = shard.IcmpSourceBe(frame.Key.Side);
        Span<byte> bytes = umem.Frame(frame.FrameOffset, frame.LengthBytes);
        bool isSwitchedOn = frame.Key.Side == Side.Lan ? shard.Settings.IcmpErrorsInside : shard.Settings.IcmpErrorsOutside;
        uint roomBytes = frame.FrameOffset - umem.ChunkOf(frame.FrameOffset);
        if (!isSwitchedOn || !MayBeReported(in frame, bytes))
            return false;
        if (sourceBe == 0 || roomBytes < IcmpErrorBuilder.PrefixBytes + NoteBytes || !TryFindWay(ref frame, bytes, nowMs, out ushort path))
        {
            shard.Counters.IcmpErrorsSuppressed++;
            return false;
        }

        // The link header moves down into the headroom; the packet stays where it is and becomes the quote.
        frame.FrameOffset -= IcmpErrorBuilder.PrefixBytes;
        Span<byte> room = umem.Frame(frame.FrameOffset, frame.LengthBytes + IcmpErrorBuilder.PrefixBytes);
        bytes[..frame.L3Offset].CopyTo(room);
        int errorBytes = IcmpErrorBuilder.Write(room[frame.L3Offset..], sourceBe, type, code, mtuBytes);
        frame.LengthBytes = (ushort)(frame.L3Offset + errorBytes);
        SwapLinkAddresses(room, frame.L3Offset);
        if (IsPppoe(room, frame.L3Offset))
            PppoeHeader.Finish(room[..frame.L3Offset], isIpv6: false, errorBytes);
        frame.PathIndex = path;
        shard.Counters.IcmpErrorsSent++;
        return true;
    }

    // RFC 1812 section 4.3.2.7: not about errors, later fragments, what was sent to many, nor to what is no single host.
    private static bool MayBeReported(in FrameDescriptor frame, ReadOnlySpan<byte> bytes)
    {
        if (frame.Kind is not (PacketKind.Flow or PacketKind.Fragment or PacketKind.OtherIPv4) || (frame.Flags & FrameFlags.Hairpinned) != FrameFlags.None)
            return false;
        bool isOtherIcmp = frame.Kind == PacketKind.OtherIPv4 && frame.Key.Protocol == IpProtocol.Icmp;
        bool isLaterFragment = ((bytes[frame.L3Offset + 6] & 0x1F) | bytes[frame.L3Offset + 7]) != 0;
        bool isLinkMulticast = frame.L3Offset >= LinkHeader.EthernetBytes && (bytes[0] & 1) != 0;
        return !isOtherIcmp && !isLaterFragment && !isLinkMulticast
            && ((frame.Flags & FrameFlags.FamilyTranslated) != FrameFlags.None
                || !Martian.IsNotForwardable(BinaryPrimitives.ReverseEndianness(frame.Key.SrcAddrBe)));
    }

    private bool TryFindWay(ref readonly FrameDescriptor frame, ReadOnlySpan<byte> bytes, long nowMs, out ushort path)
    {
        path = PathTable.None;
        uint user = frame.Key.Side == Side.Lan ? shard.Users.Find(frame.Key.SrcAddrBe, frame.Key.Zone) : FlowTable.None;
        if (user != FlowTable.None && !shard.IcmpUserRate.TryTake(ref shard.Users[user].IcmpDueUs, nowMs))
            return false;
        if (bytes.Length < frame.L3Offset + Ipv4Header.BytesMin || !shard.IcmpRate.TryTake(ref _shardDueUs, nowMs))
            return false;
        if (user != FlowTable.None)
            path = shard.InsidePath(user);
        else if (frame.Key.Side == Side.Lan)
            path = shard.Resolver.Inside(MappedAddress.OfBe(frame.Key.SrcAddrBe), frame.Key.Zone);
        else
            path = shard.Resolver.Outside(MappedAddress.OfBe(frame.Key.SrcAddrBe));
        return path != PathTable.None;
    }

    // For ways that keep the frame's own link header; others get a new one.
    private static void SwapLinkAddresses(Span<byte> frame, int l3Offset)
    {
        if (l3Offset < LinkHeader.EthernetBytes)
            return;
        Span<byte> destination = stackalloc byte[MacPairBytes / 2];
        frame[..(MacPairBytes / 2)].CopyTo(destination);
        frame[(MacPairBytes / 2)..MacPairBytes].CopyTo(frame);
        destination.CopyTo(frame[(MacPairBytes / 2)..]);
    }

    private static bool IsPppoe(ReadOnlySpan<byte> frame, int l3Offset) => l3Offset >= LinkHeader.EthernetBytes + PppoeHeader.SizeBytes
        && BinaryPrimitives.ReadUInt16BigEndian(frame[(l3Offset - PppoeHeader.SizeBytes - 2)..]) == EtherType.PppoeSession;
}
