using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets;

namespace Natflow.Testing.Packets;

/// <summary>
/// Checks a frame the slow way, sharing no parsing code with the product: lengths, IPv4 header checksum, transport checksum, and the packet
/// that an ICMP error quotes.
/// </summary>
public static class FrameChecker
{
    private const int EthernetBytes = 14;

    /// <summary>What is wrong with an Ethernet frame (VLAN tags and PPPoE allowed), or null.</summary>
    public static string? FindFault(ReadOnlySpan<byte> frame)
    {
        int offset = IpOffset(frame);
        if (offset < 0)
            return null;
        return frame[offset] >> 4 == 4 ? FindIpv4Fault(frame[offset..], isQuote: false) : FindIpv6Fault(frame[offset..]);
    }

    /// <summary>Bytes before the IP header; -1 where there is none.</summary>
    public static int IpOffset(ReadOnlySpan<byte> frame)
    {
        int offset = EthernetBytes;
        int type = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        while (type is 0x8100 or 0x88A8 or 0x9100)
        {
            type = BinaryPrimitives.ReadUInt16BigEndian(frame[(offset + 2)..]);
            offset += 4;
        }

        if (type == 0x8864)
            return offset + 8;
        return type is 0x0800 or 0x86DD ? offset : -1;
    }

    private static string? FindIpv4Fault(ReadOnlySpan<byte> packet, bool isQuote)
    {
        int headerBytes = (packet[0] & 15) * 4;
        int totalBytes = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (Checksum.Compute(packet[..headerBytes]) != 0)
            return $"IPv4 header checksum{(isQuote ? " of the quote" : string.Empty)}";
        bool isFragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x3FFF) != 0;
        if (isFragment || totalBytes > packet.Length)
            return isFragment || isQuote ? null : "IPv4 total length";
        ReadOnlySpan<byte> segment = packet[headerBytes..totalBytes];
        return FindTransportFault(packet.Slice(12, 8), packet[9], segment);
    }

    private static string? FindIpv6Fault(ReadOnlySpan<byte> packet)
    {
        int payloadBytes = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        if (payloadBytes > packet.Length - 40)
            return "IPv6 payload length";
        byte protocol = packet[6];
        int offset = 40;
        while (protocol is 0 or 43 or 60)
        {
            protocol = packet[offset];
            offset += (packet[offset + 1] + 1) * 8;
        }

        return protocol == 44 ? null : FindTransportFault(packet.Slice(8, 32), protocol, packet[offset..(40 + payloadBytes)]);
    }

    private static string? FindTransportFault(ReadOnlySpan<byte> addresses, byte protocol, ReadOnlySpan<byte> segment)
    {
        switch (protocol)
        {
            case IpProtocol.Tcp or IpProtocol.IcmpV6:
                return Sum(addresses, protocol, segment, withPseudoHeader: true) == 0 ? null : "checksum of TCP or ICMPv6";
            case IpProtocol.Udp:
                bool hasNone = segment[6] == 0 && segment[7] == 0;
                return (hasNone && addresses.Length == 8) || Sum(addresses, protocol, segment, withPseudoHeader: true) == 0 ? null : "checksum of UDP";
            case IpProtocol.Icmp:
                if (Sum(addresses, protocol, segment, withPseudoHeader: false) != 0)
                    return "checksum of ICMP";
                return segment[0] is 3 or 4 or 11 or 12 ? FindIpv4Fault(segment[8..], isQuote: true) : null;
            default:
                return null;
        }
    }

    // RFC 1071, word by word.
    private static ushort Sum(ReadOnlySpan<byte> addresses, byte protocol, ReadOnlySpan<byte> segment, bool withPseudoHeader)
    {
        uint sum = 0;
        if (withPseudoHeader)
        {
            for (int i = 0; i < addresses.Length; i += 2)
                sum += BinaryPrimitives.ReadUInt16BigEndian(addresses[i..]);
            sum += protocol + (uint)segment.Length;
        }

        for (int i = 0; i + 1 < segment.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(segment[i..]);
        if (segment.Length % 2 == 1)
            sum += (uint)segment[^1] << 8;
        while (sum > ushort.MaxValue)
            sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}
