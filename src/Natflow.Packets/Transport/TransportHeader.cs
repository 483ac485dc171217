using System.Buffers.Binary;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Packets.Ip;

namespace Natflow.Packets.Transport;

/// <summary>Ports and flags of a TCP, UDP, ICMP or ICMPv6 header. Total over any bytes.</summary>
/// <param name="HasPorts">TCP, UDP, or an ICMP query, whose identifier stands in both ports (RFC 5508 REQ-1).</param>
/// <param name="SrcPortBe">Network order.</param>
/// <param name="DstPortBe">Network order.</param>
/// <param name="TcpFlags">TCP flag byte; the type of an ICMP or ICMPv6 message; else 0.</param>
public readonly record struct TransportHeader(bool HasPorts, ushort SrcPortBe, ushort DstPortBe, byte TcpFlags)
{
    /// <summary>Size of a TCP header without options in bytes (RFC 9293).</summary>
    public const int TcpBytesMin = 20;

    /// <summary>Size of a UDP header in bytes (RFC 768).</summary>
    public const int UdpBytes = 8;

    /// <summary>Size of an ICMP header with its rest-of-header word in bytes (RFC 792).</summary>
    public const int IcmpBytes = 8;

    /// <summary>Bytes from the transport header to its checksum.</summary>
    /// <param name="protocol">TCP, UDP or ICMP.</param>
    public static int ChecksumOffset(byte protocol) => protocol switch
    {
        IpProtocol.Tcp => 16,
        IpProtocol.Udp => 6,
        _ => 2,
    };

    /// <summary>Reads a transport header. Other protocols give a header without ports.</summary>
    /// <param name="protocol">IP protocol.</param>
    /// <param name="payload">IP payload in memory.</param>
    /// <param name="declaredBytes">IP payload by the IP header: more than is in memory where a capture was cut.</param>
    /// <param name="isFirstFragment">The transport's own length and options may reach into later fragments.</param>
    /// <param name="header">The header, where the result is <see cref="DropReason.None"/>.</param>
    public static DropReason TryParse(
        byte protocol, ReadOnlySpan<byte> payload, int declaredBytes, bool isFirstFragment, out TransportHeader header)
    {
        header = default;
        int bodyBytes = isFirstFragment ? Ipv4Header.DatagramBytesMax : declaredBytes;
        return protocol switch
        {
            IpProtocol.Tcp => TryParseTcp(payload, bodyBytes, out header),
            IpProtocol.Udp => TryParseUdp(payload, bodyBytes, out header),
            IpProtocol.Icmp => TryParseIcmp(payload, isV6: false, out header),
            IpProtocol.IcmpV6 => TryParseIcmp(payload, isV6: true, out header),
            _ => DropReason.None,
        };
    }

    private static DropReason TryParseTcp(ReadOnlySpan<byte> payload, int bodyBytes, out TransportHeader header)
    {
        header = default;
        if (payload.Length < TcpBytesMin) return DropReason.Truncated;
        int headerBytes = (payload[12] >> 4) * 4;
        if (headerBytes < TcpBytesMin) return DropReason.BadHeader;
        if (headerBytes > bodyBytes) return DropReason.Truncated;
        header = WithPorts(payload, payload[13]);
        return DropReason.None;
    }

    private static DropReason TryParseUdp(ReadOnlySpan<byte> payload, int bodyBytes, out TransportHeader header)
    {
        header = default;
        if (payload.Length < UdpBytes) return DropReason.Truncated;
        int udpBytes = BinaryPrimitives.ReadUInt16BigEndian(payload[4..]);
        if (udpBytes < UdpBytes || udpBytes > bodyBytes) return DropReason.BadLength;
        header = WithPorts(payload, tcpFlags: 0);
        return DropReason.None;
    }

    private static DropReason TryParseIcmp(ReadOnlySpan<byte> payload, bool isV6, out TransportHeader header)
    {
        header = default;
        if (payload.Length < IcmpBytes) return DropReason.Truncated;
        byte type = payload[0];
        bool isQuery = isV6 ? type is IcmpType.EchoRequestV6 or IcmpType.EchoReplyV6 : IcmpType.IsQuery(type);
        ushort identifierBe = isQuery ? MemoryMarshal.Read<ushort>(payload[4..]) : (ushort)0;
        header = new TransportHeader(isQuery, identifierBe, identifierBe, type);
        return DropReason.None;
    }

    private static TransportHeader WithPorts(ReadOnlySpan<byte> payload, byte tcpFlags) =>
        new(HasPorts: true, MemoryMarshal.Read<ushort>(payload), MemoryMarshal.Read<ushort>(payload[2..]), tcpFlags);
}
