using System.Buffers.Binary;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Packets.Ip;
using Natflow.Packets.Link;
using Natflow.Packets.Transport;

namespace Natflow.Packets.Family;

/// <summary>Turns IPv6 packets into IPv4 ones in place (RFC 7915 section 5). The packet shrinks: its headers move towards the payload.</summary>
/// <remarks>Total over any bytes. The hop limit is copied, not stepped: the packet goes on through NAT44, which steps it.</remarks>
public static class Ipv6ToIpv4
{
    /// <summary>Packets up to this size may be fragmented by IPv4 routers, for no IPv6 sender will go below 1280 bytes (RFC 7915 section 5.1).</summary>
    internal const int FragmentableBytesMax = 1260;

    private const byte SegmentsLeftIndex = 3;

    /// <summary>Translates TCP, UDP or ICMPv6 echo, whole or in fragments.</summary>
    /// <param name="frame">The frame; a trailer is cut off.</param>
    /// <param name="l3Offset">Bytes before the IPv6 header.</param>
    /// <param name="srcAddrBe">New source.</param>
    /// <param name="dstAddrBe">New destination.</param>
    /// <param name="identification">For a packet that IPv4 routers may fragment, host order.</param>
    /// <param name="shiftBytes">How far the frame's start has moved into the frame.</param>
    /// <param name="lengthBytes">New length of the frame.</param>
    /// <returns>
    /// <see cref="DropReason.None"/>; UntranslatableFamily for what has no counterpart (a live routing header, ICMPv6 in fragments, UDP without
    /// checksum), UnsupportedProtocol for other transports, the walker's reasons for a broken chain. A refused frame is unchanged.
    /// </returns>
    public static DropReason TryTranslate(
        Span<byte> frame, int l3Offset, uint srcAddrBe, uint dstAddrBe, ushort identification, out int shiftBytes, out int lengthBytes)
    {
        shiftBytes = lengthBytes = 0;
        Span<byte> packet = Present(frame[l3Offset..], out int declaredBytes);
        DropReason reason = Ipv6HeaderWalker.TryWalk(packet, out Ipv6Headers headers);
        if (reason == DropReason.None)
            reason = CheckChain(packet, headers.L4Offset);
        if (reason == DropReason.None && headers.HasTransportHeader)
            reason = TranslateTransport(packet, headers, declaredBytes, srcAddrBe, dstAddrBe);
        if (reason != DropReason.None)
            return reason;

        byte trafficClass = (byte)(BinaryPrimitives.ReadUInt16BigEndian(packet) >> 4);
        byte hopLimit = packet[Ipv6Rewriter.HopLimitOffset];
        int totalBytes = Ipv4Header.BytesMin + declaredBytes - headers.L4Offset;
        byte protocol = ToIpv4Protocol(headers.Protocol);
        ushort word = FragmentWord(headers, totalBytes);
        ushort id = headers.IsFragment ? (ushort)headers.FragmentId : word == 0 ? identification : (ushort)0;

        int presentBytes = Ipv4Header.BytesMin + packet.Length - headers.L4Offset;
        shiftBytes = headers.L4Offset - Ipv4Header.BytesMin;
        Ipv4HeaderWriter.Write(packet[shiftBytes..], trafficClass, totalBytes, id, word, hopLimit, protocol, srcAddrBe, dstAddrBe);
        frame[..l3Offset].CopyTo(frame[shiftBytes..]);
        LinkRewriter.SetPayload(frame[shiftBytes..], l3Offset, EtherType.Ipv4, totalBytes);
        lengthBytes = l3Offset + presentBytes;
        return DropReason.None;
    }

    internal static byte ToIpv4Protocol(byte protocol) => protocol == IpProtocol.IcmpV6 ? IpProtocol.Icmp : protocol;

    /// <summary>Flags and offset: a fragment keeps its own; a small packet may be cut by routers, a large one may not.</summary>
    internal static ushort FragmentWord(in Ipv6Headers headers, int totalBytes)
    {
        if (headers.IsFragment)
            return (ushort)((headers.FragmentOffsetBytes / 8) | (headers.HasMoreFragments ? Ipv4Header.MoreFragments : 0));
        return totalBytes <= FragmentableBytesMax ? (ushort)0 : Ipv4Header.DontFragment;
    }

    /// <summary>What exchanging both addresses adds to a checksum with a pseudo header.</summary>
    internal static ushort AddressDelta(ReadOnlySpan<byte> ipv6Addresses, uint srcAddrBe, uint dstAddrBe) => Checksum.Combine(
        Checksum.Negate(Checksum.Fold(Checksum.Sum(ipv6Addresses[..32]))), Checksum.Fold((ulong)srcAddrBe + dstAddrBe));

    private static Span<byte> Present(Span<byte> packet, out int declaredBytes)
    {
        declaredBytes = packet.Length;
        if (packet.Length < Ipv6HeaderWalker.Ipv6Bytes)
            return packet;
        int payloadBytes = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        declaredBytes = payloadBytes == 0 ? packet.Length : Ipv6HeaderWalker.Ipv6Bytes + payloadBytes;
        return packet[..Math.Min(declaredBytes, packet.Length)];
    }

    // Options and spent routing headers are left out; a live one changes the destination, which IPv4 cannot say. The walker has bounded the chain.
    private static DropReason CheckChain(ReadOnlySpan<byte> packet, int l4Offset)
    {
        byte protocol = packet[6];
        for (int offset = Ipv6HeaderWalker.Ipv6Bytes; offset < l4Offset;)
        {
            switch (protocol)
            {
                case IpProtocol.Routing when packet[offset + SegmentsLeftIndex] != 0:
                    return DropReason.UntranslatableFamily;
                case IpProtocol.HopByHop or IpProtocol.DestinationOptions or IpProtocol.Routing:
                    protocol = packet[offset];
                    offset += (packet[offset + 1] + 1) * 8;
                    break;
                case IpProtocol.Fragment:
                    protocol = packet[offset];
                    offset += Ipv6HeaderWalker.FragmentHeaderBytes;
                    break;
                default:
                    return DropReason.UnsupportedProtocol;
            }
        }

        return protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.IcmpV6 ? DropReason.None : DropReason.UnsupportedProtocol;
    }

    private static DropReason TranslateTransport(Span<byte> packet, in Ipv6Headers headers, int declaredBytes, uint srcAddrBe, uint dstAddrBe)
    {
        Span<byte> l4 = packet[headers.L4Offset..];
        if (headers.Protocol == IpProtocol.IcmpV6)
            return headers.HasMoreFragments ? DropReason.UntranslatableFamily : TranslateEcho(l4, packet[8..], declaredBytes - headers.L4Offset);
        int headerBytes = headers.Protocol == IpProtocol.Tcp ? TransportHeader.TcpBytesMin : TransportHeader.UdpBytes;
        if (l4.Length < headerBytes)
            return DropReason.Truncated;
        int checksumOffset = TransportHeader.ChecksumOffset(headers.Protocol);
        if (headers.Protocol == IpProtocol.Udp && MemoryMarshal.Read<ushort>(l4[checksumOffset..]) == 0)
            return DropReason.UntranslatableFamily;
        _ = Ipv6Rewriter.ApplyDelta(l4, checksumOffset, AddressDelta(packet[8..], srcAddrBe, dstAddrBe), headers.Protocol);
        return DropReason.None;
    }

    /// <summary>ICMP has no pseudo header: what ICMPv6's added to the checksum goes.</summary>
    internal static DropReason TranslateEcho(Span<byte> message, ReadOnlySpan<byte> addresses, int messageBytes)
    {
        if (message.Length < TransportHeader.IcmpBytes)
            return DropReason.Truncated;
        if (!Icmpv6Type.IsEcho(message[0]) || !IcmpFamilyMap.TryToIcmp(message[0], message[1], 0, out IcmpFamilyMessage mapped))
            return DropReason.UnsupportedIcmp;
        ushort pseudo = Checksum.Fold(Checksum.PseudoHeaderSumV6(addresses, IpProtocol.IcmpV6, messageBytes));
        SetTypeAndCode(message, mapped, Checksum.Negate(pseudo), IpProtocol.Icmp);
        return DropReason.None;
    }

    internal static void SetTypeAndCode(Span<byte> message, in IcmpFamilyMessage mapped, ushort pseudoDelta, byte protocol)
    {
        ushort oldBe = MemoryMarshal.Read<ushort>(message);
        message[0] = mapped.Type;
        message[1] = mapped.Code;
        ushort delta = Checksum.Combine(pseudoDelta, Checksum.Delta(oldBe, MemoryMarshal.Read<ushort>(message)));
        _ = Ipv6Rewriter.ApplyDelta(message, 2, delta, protocol);
    }
}
