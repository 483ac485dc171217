using System.Buffers.Binary;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Packets.Ip;
using Natflow.Packets.Link;
using Natflow.Packets.Transport;

namespace Natflow.Packets.Family;

/// <summary>Turns IPv4 packets into IPv6 ones in place (RFC 7915 section 4). The packet grows: its headers move into the room before the frame.</summary>
/// <remarks>Total over any bytes. The TTL is copied, not stepped: the packet comes from NAT44, which has stepped it.</remarks>
public static class Ipv4ToIpv6
{
    /// <summary>Most bytes that a packet grows by: IPv6 header and fragment header for the least IPv4 header.</summary>
    public const int GrowthBytesMax = Ipv6HeaderWalker.Ipv6Bytes + Ipv6HeaderWalker.FragmentHeaderBytes - Ipv4Header.BytesMin;

    private const byte LooseSourceRoute = 131;
    private const byte StrictSourceRoute = 137;

    /// <summary>Translates TCP, UDP or ICMP echo, whole or in fragments.</summary>
    /// <param name="room">The frame, up to its end, and the room before it.</param>
    /// <param name="frameOffset">Where the frame starts in <paramref name="room"/>; on success where it starts now.</param>
    /// <param name="l3Offset">Bytes from the frame's start to the IPv4 header.</param>
    /// <param name="source">New source.</param>
    /// <param name="destination">New destination.</param>
    /// <param name="computesUdpChecksum">A UDP datagram without checksum gets one; else it is refused.</param>
    /// <param name="lengthBytes">New length of the frame; a trailer is cut off.</param>
    /// <returns>
    /// <see cref="DropReason.None"/>; UntranslatableFamily for what has no counterpart (a source route, ICMP in fragments, a fragment of UDP without
    /// checksum), UnsupportedProtocol for other transports, Oversize where the room is too small. A refused frame is unchanged.
    /// </returns>
    public static DropReason TryTranslate(
        Span<byte> room,
        ref int frameOffset,
        int l3Offset,
        in Ipv6Address source,
        in Ipv6Address destination,
        bool computesUdpChecksum,
        out int lengthBytes)
    {
        lengthBytes = 0;
        Span<byte> packet = room[(frameOffset + l3Offset)..];
        DropReason reason = Ipv4Header.TryParse(packet, isCaptured: true, out Ipv4Header header);
        if (reason != DropReason.None)
            return reason;
        int newOffset = frameOffset + header.HeaderBytes - HeaderBytes(header);
        if (newOffset < 0)
            return DropReason.Oversize;
        if (HasSourceRoute(packet[Ipv4Header.BytesMin..header.HeaderBytes]))
            return DropReason.UntranslatableFamily;

        Span<byte> l4 = packet.Slice(header.HeaderBytes, header.PresentPayloadBytes);
        reason = TranslateTransport(l4, header, packet.Slice(12, 8), in source, in destination, computesUdpChecksum);
        if (reason != DropReason.None)
            return reason;

        byte tos = packet[1];
        byte ttl = packet[8];
        ushort identification = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        room.Slice(frameOffset, l3Offset).CopyTo(room[newOffset..]);
        int payloadBytes = HeaderBytes(header) - Ipv6HeaderWalker.Ipv6Bytes + header.DeclaredPayloadBytes;
        WriteHeaders(room[(newOffset + l3Offset)..], header, tos, ttl, identification, payloadBytes, in source, in destination);
        LinkRewriter.SetPayload(room[newOffset..], l3Offset, EtherType.Ipv6, Ipv6HeaderWalker.Ipv6Bytes + payloadBytes);
        frameOffset = newOffset;
        lengthBytes = l3Offset + HeaderBytes(header) + header.PresentPayloadBytes;
        return DropReason.None;
    }

    internal static byte ToIpv6Protocol(byte protocol) => protocol == IpProtocol.Icmp ? IpProtocol.IcmpV6 : protocol;

    /// <summary>Writes IPv6 header and, for a fragment, fragment header.</summary>
    internal static void WriteHeaders(
        Span<byte> packet,
        in Ipv4Header header,
        byte tos,
        byte ttl,
        ushort identification,
        int payloadBytes,
        in Ipv6Address source,
        in Ipv6Address destination)
    {
        byte protocol = ToIpv6Protocol(header.Protocol);
        byte next = header.IsFragment ? IpProtocol.Fragment : protocol;
        Ipv6HeaderWriter.Write(packet, tos, payloadBytes, next, ttl, in source, in destination);
        if (!header.IsFragment)
            return;
        Ipv6HeaderWriter.WriteFragment(
            packet[Ipv6HeaderWalker.Ipv6Bytes..], protocol, header.FragmentOffsetBytes, header.HasMoreFragments, identification);
    }

    /// <summary>IPv6 header and, for a fragment, fragment header. "May be fragmented" needs none (RFC 7915 section 4, RFC 8021).</summary>
    internal static int HeaderBytes(in Ipv4Header header) =>
        Ipv6HeaderWalker.Ipv6Bytes + (header.IsFragment ? Ipv6HeaderWalker.FragmentHeaderBytes : 0);

    // A route that still has stops (RFC 791: pointer not beyond the length) cannot be said in IPv6. At most 40 options.
    private static bool HasSourceRoute(ReadOnlySpan<byte> options)
    {
        for (int at = 0; at + 2 < options.Length && options[at] != 0;)
        {
            if (options[at] == 1)
            {
                at++;
                continue;
            }

            int lengthBytes = options[at + 1];
            if (options[at] is LooseSourceRoute or StrictSourceRoute && options[at + 2] <= lengthBytes)
                return true;
            if (lengthBytes < 2)
                return false;
            at += lengthBytes;
        }

        return false;
    }

    private static DropReason TranslateTransport(
        Span<byte> l4, in Ipv4Header header, ReadOnlySpan<byte> addresses, in Ipv6Address source, in Ipv6Address destination, bool computesUdpChecksum)
    {
        if (header.Protocol == IpProtocol.Icmp)
            return header.IsFragment ? DropReason.UntranslatableFamily : TranslateEcho(l4, header.DeclaredPayloadBytes, in source, in destination);
        if (header.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
            return DropReason.UnsupportedProtocol;
        if (header.FragmentOffsetBytes != 0)
            return DropReason.None;

        int headerBytes = header.Protocol == IpProtocol.Tcp ? TransportHeader.TcpBytesMin : TransportHeader.UdpBytes;
        if (l4.Length < headerBytes)
            return DropReason.Truncated;
        int checksumOffset = TransportHeader.ChecksumOffset(header.Protocol);
        if (header.Protocol == IpProtocol.Udp && MemoryMarshal.Read<ushort>(l4[checksumOffset..]) == 0)
            return computesUdpChecksum && !header.IsFragment ? ComputeUdp(l4, in source, in destination) : DropReason.UntranslatableFamily;
        _ = Ipv6Rewriter.ApplyDelta(l4, checksumOffset, AddressDelta(addresses, in source, in destination), header.Protocol);
        return DropReason.None;
    }

    /// <summary>What exchanging both addresses adds to a checksum with a pseudo header.</summary>
    internal static ushort AddressDelta(ReadOnlySpan<byte> ipv4Addresses, in Ipv6Address source, in Ipv6Address destination) => Checksum.Combine(
        Checksum.Negate(Checksum.Fold(Checksum.Sum(ipv4Addresses[..8]))), Checksum.Combine(Ipv6Rewriter.Sum(in source), Ipv6Rewriter.Sum(in destination)));

    // Over IPv6 a datagram without checksum is thrown away by its receiver (RFC 8200 section 8.1).
    private static DropReason ComputeUdp(Span<byte> l4, in Ipv6Address source, in Ipv6Address destination)
    {
        int udpBytes = BinaryPrimitives.ReadUInt16BigEndian(l4[4..]);
        if (udpBytes < TransportHeader.UdpBytes || udpBytes > l4.Length)
            return DropReason.UntranslatableFamily;
        ulong sum = Checksum.Sum(l4[..udpBytes]) + Ipv6Rewriter.Sum(in source) + Ipv6Rewriter.Sum(in destination)
            + Wire.Swap(IpProtocol.Udp) + Wire.Swap((ushort)udpBytes);
        ushort checksum = Checksum.Finish(sum);
        MemoryMarshal.Write(l4[6..], checksum == 0 ? ushort.MaxValue : checksum);
        return DropReason.None;
    }

    private static DropReason TranslateEcho(Span<byte> message, int messageBytes, in Ipv6Address source, in Ipv6Address destination)
    {
        if (message.Length < TransportHeader.IcmpBytes)
            return DropReason.Truncated;
        if (message[0] is not (IcmpType.EchoRequest or IcmpType.EchoReply)
            || !IcmpFamilyMap.TryToIcmpv6(message[0], message[1], 0, out IcmpFamilyMessage mapped))
        {
            return DropReason.UnsupportedIcmp;
        }

        Ipv6ToIpv4.SetTypeAndCode(message, mapped, PseudoSum(messageBytes, in source, in destination), IpProtocol.IcmpV6);
        return DropReason.None;
    }

    /// <summary>Sum of ICMPv6's pseudo header, folded.</summary>
    internal static ushort PseudoSum(int messageBytes, in Ipv6Address source, in Ipv6Address destination) => Checksum.Fold(
        (ulong)Ipv6Rewriter.Sum(in source) + Ipv6Rewriter.Sum(in destination) + Wire.Swap(IpProtocol.IcmpV6) + Wire.Swap((ushort)messageBytes));
}
