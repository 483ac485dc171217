using System.Buffers.Binary;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Packets.Ip;
using Natflow.Packets.Transport;

namespace Natflow.Packets.Icmp;

/// <summary>Reads ICMPv6 errors (RFC 4443) and what they quote. Total over any bytes.</summary>
public static class Icmpv6ErrorParser
{
    /// <summary>ICMPv6 header of an error, before the quote.</summary>
    private const int HeaderBytes = 8;

    private const int QuotedL4BytesMin = 8;

    /// <summary>Finds the quote.</summary>
    /// <param name="frame">The frame; a trailer is allowed.</param>
    /// <param name="l3Offset">Bytes before the IPv6 header.</param>
    /// <param name="quote">The quote, where the result is <see cref="DropReason.None"/>.</param>
    /// <returns>Truncated for a quote shorter than an IPv6 header; the walker's reasons for a broken chain, quoted or not.</returns>
    public static DropReason TryParse(ReadOnlySpan<byte> frame, int l3Offset, out Icmpv6ErrorQuote quote)
    {
        quote = default;
        if (l3Offset < 0 || frame.Length - Ipv6HeaderWalker.Ipv6Bytes < l3Offset) return DropReason.Truncated;

        ReadOnlySpan<byte> packet = frame[l3Offset..];
        int declaredBytes = Ipv6HeaderWalker.Ipv6Bytes + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        bool isWhole = declaredBytes <= packet.Length;
        packet = packet[..Math.Min(declaredBytes, packet.Length)];
        DropReason reason = Ipv6HeaderWalker.TryWalk(packet, out Ipv6Headers headers);
        if (reason != DropReason.None) return reason;
        if (headers.Protocol != IpProtocol.IcmpV6 || headers.HasMoreFragments || !headers.HasTransportHeader) return DropReason.BadHeader;

        ReadOnlySpan<byte> message = packet[headers.L4Offset..];
        if (message.Length < HeaderBytes) return DropReason.Truncated;
        ChecksumState state = !isWhole ? ChecksumState.Unverifiable
            : Checksum.Finish(Checksum.Sum(message) + Checksum.PseudoHeaderSumV6(packet[8..], IpProtocol.IcmpV6, message.Length)) == 0
                ? ChecksumState.Valid
                : ChecksumState.Invalid;
        return TryParseQuote(message, l3Offset + headers.L4Offset, state, out quote);
    }

    // The quote is cut by design: its payload length says nothing about the bytes here.
    private static DropReason TryParseQuote(ReadOnlySpan<byte> message, int icmpOffset, ChecksumState state, out Icmpv6ErrorQuote quote)
    {
        quote = default;
        ReadOnlySpan<byte> quoted = message[HeaderBytes..];
        if (quoted.Length < Ipv6HeaderWalker.Ipv6Bytes) return DropReason.Truncated;
        if (quoted[0] >> 4 != 6) return DropReason.BadHeader;
        DropReason reason = Ipv6HeaderWalker.TryWalk(quoted, out Ipv6Headers headers);
        if (reason != DropReason.None) return reason;

        int ipv6Offset = icmpOffset + HeaderBytes;
        ReadOnlySpan<byte> l4 = quoted[headers.L4Offset..];
        bool hasTransport = headers.HasTransportHeader && l4.Length >= QuotedL4BytesMin;
        bool isEcho = hasTransport && headers.Protocol == IpProtocol.IcmpV6 && Icmpv6Type.IsEcho(l4[0]);
        bool hasPorts = hasTransport && headers.Protocol is IpProtocol.Tcp or IpProtocol.Udp;
        int checksumIndex = TransportHeader.ChecksumOffset(headers.Protocol);
        bool hasChecksum = hasTransport && (hasPorts || headers.Protocol == IpProtocol.IcmpV6) && l4.Length >= checksumIndex + sizeof(ushort);
        quote = new Icmpv6ErrorQuote(
            icmpOffset,
            message.Length,
            ipv6Offset,
            ipv6Offset + headers.L4Offset,
            hasChecksum ? ipv6Offset + headers.L4Offset + checksumIndex : 0,
            Ipv6Address.Read(quoted[8..]),
            Ipv6Address.Read(quoted[24..]),
            hasPorts || isEcho ? MemoryMarshal.Read<ushort>(l4[(isEcho ? 4 : 0)..]) : (ushort)0,
            hasPorts || isEcho ? MemoryMarshal.Read<ushort>(l4[(isEcho ? 4 : 2)..]) : (ushort)0,
            headers.Protocol,
            hasTransport,
            headers.Protocol == IpProtocol.IcmpV6 && l4.Length > 0 && Icmpv6Type.IsError(l4[0]) && headers.HasTransportHeader,
            state);
        return DropReason.None;
    }
}
