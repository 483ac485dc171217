using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Packets;
using Natflow.Packets.Ip;
using Natflow.Packets.Link;
using Natflow.Packets.Transport;

namespace Natflow.Ports.AfPacket;

/// <summary>Where the headers of a super-frame lie, and what each segment's copy of them must say.</summary>
/// <param name="L3Offset">Bytes from the frame's start to the IP header.</param>
/// <param name="L4Offset">Bytes from the IP header to the transport header.</param>
/// <param name="HeaderBytes">Bytes from the frame's start to the payload.</param>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="IsIpv6">Which version.</param>
/// <param name="HasChecksum">False for UDP over IPv4 without one, which stays so.</param>
internal readonly record struct SegmentLayout(
    int L3Offset, int L4Offset, int HeaderBytes, byte Protocol, bool IsIpv6, bool HasChecksum)
{
    private const int TcpSequenceOffset = 4;
    private const int TcpFlagsOffset = 13;
    private const int TcpChecksumOffset = 16;
    private const byte TcpFlagCwr = 0x80;
    private const int UdpLengthOffset = 4;
    private const int UdpChecksumOffset = 6;

    /// <summary>Reads the headers of any bytes.</summary>
    /// <param name="frame">The super-frame.</param>
    /// <param name="kind">What the kernel says it is.</param>
    /// <param name="layout">The layout, where the result is <see cref="DropReason.None"/>.</param>
    internal static DropReason TryRead(ReadOnlySpan<byte> frame, byte kind, out SegmentLayout layout)
    {
        layout = default;
        DropReason reason = LinkHeader.TryParse(frame, isCaptured: false, out LinkHeader link);
        if (reason != DropReason.None)
            return reason;
        if (link.PppoeOffset != 0 || link.EtherType is not (EtherType.Ipv4 or EtherType.Ipv6))
            return DropReason.Oversize;

        bool isIpv6 = link.EtherType == EtherType.Ipv6;
        ReadOnlySpan<byte> packet = frame[link.L3Offset..];
        reason = TryReadIp(packet, isIpv6, out int l4Offset, out byte protocol);
        return reason != DropReason.None
            ? reason
            : TryReadTransport(packet, kind, new SegmentLayout(link.L3Offset, l4Offset, 0, protocol, isIpv6, true), out layout);
    }

    /// <summary>Corrects the copied headers of a segment: lengths, identification, sequence, flags and checksums.</summary>
    /// <param name="packet">The segment from its IP header to its end.</param>
    /// <param name="payloadOffset">Where its payload lay in the super-frame's, in bytes.</param>
    /// <param name="segmentIndex">Its number, from 0.</param>
    /// <param name="isLast">Whether it is the last.</param>
    internal void Finish(Span<byte> packet, int payloadOffset, int segmentIndex, bool isLast)
    {
        if (IsIpv6)
            BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - Ipv6HeaderWalker.Ipv6Bytes));
        else
            FinishIpv4(packet, segmentIndex);

        Span<byte> segment = packet[L4Offset..];
        if (Protocol == IpProtocol.Tcp)
            FinishTcp(segment, payloadOffset, segmentIndex == 0, isLast);
        else
            BinaryPrimitives.WriteUInt16BigEndian(segment[UdpLengthOffset..], (ushort)segment.Length);
        if (!HasChecksum)
            return;

        Span<byte> field = segment.Slice(Protocol == IpProtocol.Tcp ? TcpChecksumOffset : UdpChecksumOffset, sizeof(ushort));
        field.Clear();
        ReadOnlySpan<byte> addresses = IsIpv6 ? packet.Slice(8, 32) : packet.Slice(12, 8);
        MemoryMarshal.Write(field, TransportChecksum.Compute(addresses, Protocol, segment));
    }

    // A sender on this machine numbers the datagrams of a super-frame one after another (RFC 6864 leaves atomic ones free).
    private void FinishIpv4(Span<byte> packet, int segmentIndex)
    {
        ushort identification = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(identification + segmentIndex));
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        packet.Slice(10, sizeof(ushort)).Clear();
        MemoryMarshal.Write(packet[10..], Checksum.Compute(packet[..L4Offset]));
    }

    // FIN and PSH belong to the last segment, CWR to the first (RFC 3168 section 6.1.2: it is sent once).
    private static void FinishTcp(Span<byte> segment, int payloadOffset, bool isFirst, bool isLast)
    {
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(segment[TcpSequenceOffset..]);
        BinaryPrimitives.WriteUInt32BigEndian(segment[TcpSequenceOffset..], sequence + (uint)payloadOffset);
        if (!isLast)
            segment[TcpFlagsOffset] &= unchecked((byte)~(TcpFlags.Fin | TcpFlags.Psh));
        if (!isFirst)
            segment[TcpFlagsOffset] &= unchecked((byte)~TcpFlagCwr);
    }

    private static DropReason TryReadIp(ReadOnlySpan<byte> packet, bool isIpv6, out int l4Offset, out byte protocol)
    {
        l4Offset = 0;
        protocol = 0;
        DropReason reason;
        bool isFragment;
        if (isIpv6)
        {
            reason = Ipv6HeaderWalker.TryWalk(packet, out Ipv6Headers headers);
            (l4Offset, protocol, isFragment) = (headers.L4Offset, headers.Protocol, headers.IsFragment);
        }
        else
        {
            reason = Ipv4Header.TryParse(packet, isCaptured: true, out Ipv4Header header);
            (l4Offset, protocol, isFragment) = (header.HeaderBytes, header.Protocol, header.IsFragment);
        }

        return reason == DropReason.None && isFragment ? DropReason.FragmentBad : reason;
    }

    private static DropReason TryReadTransport(ReadOnlySpan<byte> packet, byte kind, SegmentLayout ip, out SegmentLayout layout)
    {
        layout = default;
        byte expected = kind == SegmentationHeader.KindUdp ? IpProtocol.Udp : IpProtocol.Tcp;
        bool isKnown = kind is SegmentationHeader.KindUdp or SegmentationHeader.KindTcpV4 or SegmentationHeader.KindTcpV6;
        if (!isKnown || ip.Protocol != expected)
            return DropReason.Oversize;

        ReadOnlySpan<byte> segment = packet[ip.L4Offset..];
        bool isTcp = expected == IpProtocol.Tcp;
        if (segment.Length < (isTcp ? TransportHeader.TcpBytesMin : TransportHeader.UdpBytes))
            return DropReason.Truncated;
        int headerBytes = isTcp ? (segment[12] >> 4) * 4 : TransportHeader.UdpBytes;
        if (isTcp && (headerBytes < TransportHeader.TcpBytesMin || headerBytes > segment.Length))
            return DropReason.BadHeader;

        layout = ip with
        {
            HeaderBytes = ip.L3Offset + ip.L4Offset + headerBytes,
            HasChecksum = isTcp || ip.IsIpv6 || MemoryMarshal.Read<ushort>(segment[UdpChecksumOffset..]) != 0,
        };
        return DropReason.None;
    }
}
