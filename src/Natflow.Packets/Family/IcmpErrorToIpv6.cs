using System.Buffers.Binary;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Packets.Icmp;
using Natflow.Packets.Ip;
using Natflow.Packets.Link;

namespace Natflow.Packets.Family;

/// <summary>Turns an ICMP error and the packet it quotes into ICMPv6, in place (RFC 7915 section 4.2 and 4.3).</summary>
public static class IcmpErrorToIpv6
{
    /// <summary>Most bytes that an error grows by: two IPv6 headers and a fragment header for two least IPv4 headers.</summary>
    public const int GrowthBytesMax = (2 * (Ipv6HeaderWalker.Ipv6Bytes - Ipv4Header.BytesMin)) + Ipv6HeaderWalker.FragmentHeaderBytes;

    private const int IcmpBytes = 8;

    /// <summary>No path is narrower for IPv6, and no error is longer (RFC 8200 section 5, RFC 4443 section 2.4(c)).</summary>
    private const int MtuMin = 1280;

    // RFC 1191 section 7.1: what a router without an MTU in its error may have meant.
    private static ReadOnlySpan<ushort> Plateaus => [65_535, 32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, 508, 296, 68];

    /// <summary>Translates an error whose quote has been read and whose checksum has been judged.</summary>
    /// <param name="room">The frame, up to its end, and the room before it.</param>
    /// <param name="frameOffset">Where the frame starts in <paramref name="room"/>; on success where it starts now.</param>
    /// <param name="l3Offset">Bytes from the frame's start to the IPv4 header.</param>
    /// <param name="quote">From <see cref="IcmpErrorParser"/> for this frame.</param>
    /// <param name="outer">New addresses of the error.</param>
    /// <param name="quoted">New addresses of the quoted packet.</param>
    /// <param name="mtuMax">What an MTU in the error is capped at: that of the way to the subscriber, host order.</param>
    /// <param name="lengthBytes">New length of the frame.</param>
    /// <returns>UntranslatableFamily where the message has no counterpart, Oversize where the room is too small.</returns>
    public static DropReason TryTranslate(
        Span<byte> room,
        ref int frameOffset,
        int l3Offset,
        in IcmpErrorQuote quote,
        in Ipv6Pair outer,
        in Ipv6Pair quoted,
        int mtuMax,
        out int lengthBytes)
    {
        lengthBytes = 0;
        Span<byte> frame = room[frameOffset..];
        Ipv4HeaderOf(frame[l3Offset..], out int icmpEnd);
        icmpEnd = Math.Min(l3Offset + icmpEnd, frame.Length);
        Span<byte> message = frame[quote.IcmpOffset..icmpEnd];
        if (message.Length < IcmpBytes
            || !IcmpFamilyMap.TryToIcmpv6(message[0], message[1], message[4], out IcmpFamilyMessage mapped) || !quote.HasPorts)
        {
            return DropReason.UntranslatableFamily;
        }

        int innerEnd = quote.Ipv4Offset + QuotedBytes(message[0], message[5], icmpEnd - quote.Ipv4Offset);
        if (innerEnd < quote.L4Offset + IcmpBytes)
            return DropReason.Truncated;
        Ipv4Header inner = QuotedHeader(frame[quote.Ipv4Offset..], quote.L4Offset - quote.Ipv4Offset);
        int innerHeaders = Ipv4ToIpv6.HeaderBytes(inner);
        int newL3 = quote.L4Offset - innerHeaders - IcmpBytes - Ipv6HeaderWalker.Ipv6Bytes;
        int newOffset = frameOffset + newL3 - l3Offset;
        if (newOffset < 0)
            return DropReason.Oversize;

        int l4Bytes = Math.Min(innerEnd - quote.L4Offset, MtuMin - (quote.L4Offset - newL3));
        DropReason reason = TranslateQuotedTransport(frame, in quote, inner, in quoted);
        if (reason != DropReason.None)
            return reason;
        uint rest = mapped.Type == Icmpv6Type.PacketTooBig ? Mtu(message, inner.DeclaredPayloadBytes + inner.HeaderBytes, mtuMax) : mapped.FieldOffset;
        byte tos = frame[l3Offset + 1];
        byte ttl = frame[l3Offset + 8];
        byte innerTos = frame[quote.Ipv4Offset + 1];
        byte innerTtl = frame[quote.Ipv4Offset + 8];
        ushort innerId = BinaryPrimitives.ReadUInt16BigEndian(frame[(quote.Ipv4Offset + 4)..]);

        room.Slice(frameOffset, l3Offset).CopyTo(room[newOffset..]);
        Span<byte> packet = room[(newOffset + l3Offset)..];
        int messageBytes = IcmpBytes + innerHeaders + l4Bytes;
        Ipv4ToIpv6.WriteHeaders(
            packet[(Ipv6HeaderWalker.Ipv6Bytes + IcmpBytes)..], inner, innerTos, innerTtl, innerId,
            innerHeaders - Ipv6HeaderWalker.Ipv6Bytes + inner.DeclaredPayloadBytes, quoted.Src, quoted.Dst);
        Ipv6HeaderWriter.Write(packet, tos, messageBytes, IpProtocol.IcmpV6, ttl, outer.Src, outer.Dst);
        WriteMessage(packet.Slice(Ipv6HeaderWalker.Ipv6Bytes, messageBytes), packet.Slice(8, 32), mapped, rest);
        LinkRewriter.SetPayload(room[newOffset..], l3Offset, EtherType.Ipv6, Ipv6HeaderWalker.Ipv6Bytes + messageBytes);
        frameOffset = newOffset;
        lengthBytes = l3Offset + Ipv6HeaderWalker.Ipv6Bytes + messageBytes;
        return DropReason.None;
    }

    /// <summary>The MTU that an IPv6 sender is told (RFC 7915 section 4.2): 20 bytes more, never less than the least.</summary>
    private static uint Mtu(ReadOnlySpan<byte> message, int quotedTotalBytes, int mtuMax)
    {
        int mtu = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        for (int i = 0; mtu == 0 && i < Plateaus.Length; i++)
            mtu = Plateaus[i] < quotedTotalBytes ? Plateaus[i] : 0;
        return (uint)Math.Max(MtuMin, Math.Min(mtu + Ipv6HeaderWalker.Ipv6Bytes - Ipv4Header.BytesMin, mtuMax));
    }

    private static void Ipv4HeaderOf(ReadOnlySpan<byte> packet, out int totalBytes)
    {
        totalBytes = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (totalBytes == 0)
            totalBytes = packet.Length;
    }

    // RFC 4884 extensions are left out, as in the other direction; here the length counts words of 4 bytes.
    private static int QuotedBytes(byte type, byte lengthWords, int presentBytes) =>
        type is IcmpType.DestinationUnreachable or IcmpType.TimeExceeded or IcmpType.ParameterProblem && lengthWords != 0
            ? Math.Min(lengthWords * 4, presentBytes)
            : presentBytes;

    // The quote is cut by design: its total length is believed, not compared.
    private static Ipv4Header QuotedHeader(ReadOnlySpan<byte> quoted, int headerBytes)
    {
        int payloadBytes = Math.Max(0, BinaryPrimitives.ReadUInt16BigEndian(quoted[2..]) - headerBytes);
        return new Ipv4Header(headerBytes, payloadBytes, payloadBytes, BinaryPrimitives.ReadUInt16BigEndian(quoted[6..]), quoted[9]);
    }

    private static DropReason TranslateQuotedTransport(Span<byte> frame, in IcmpErrorQuote quote, in Ipv4Header inner, in Ipv6Pair quoted)
    {
        if (quote.Protocol == IpProtocol.Icmp)
        {
            Span<byte> echo = frame[quote.L4Offset..];
            if (!IcmpFamilyMap.TryToIcmpv6(echo[0], echo[1], 0, out IcmpFamilyMessage mapped) || !Icmpv6Type.IsEcho(mapped.Type))
                return DropReason.UntranslatableFamily;
            Ipv6ToIpv4.SetTypeAndCode(
                echo, mapped, Ipv4ToIpv6.PseudoSum(inner.DeclaredPayloadBytes, quoted.Src, quoted.Dst), IpProtocol.IcmpV6);
            return DropReason.None;
        }

        if (quote.L4ChecksumOffset == 0)
            return DropReason.None;
        ushort delta = Ipv4ToIpv6.AddressDelta(frame.Slice(quote.Ipv4Offset + 12, 8), quoted.Src, quoted.Dst);
        _ = Ipv6Rewriter.ApplyDelta(frame, quote.L4ChecksumOffset, delta, quote.Protocol);
        return DropReason.None;
    }

    private static void WriteMessage(Span<byte> message, ReadOnlySpan<byte> addresses, in IcmpFamilyMessage mapped, uint rest)
    {
        message[0] = mapped.Type;
        message[1] = mapped.Code;
        message[2] = message[3] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], rest);
        MemoryMarshal.Write(message[2..], TransportChecksum.Compute(addresses, IpProtocol.IcmpV6, message));
    }
}
