using System.Buffers.Binary;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Packets.Icmp;
using Natflow.Packets.Ip;
using Natflow.Packets.Link;

namespace Natflow.Packets.Family;

/// <summary>Turns an ICMPv6 error and the packet it quotes into ICMP, in place (RFC 7915 section 5.2 and 5.3).</summary>
public static class IcmpErrorToIpv4
{
    private const int IcmpBytes = 8;
    private const int HeadersBytes = Ipv4Header.BytesMin + IcmpBytes + Ipv4Header.BytesMin;

    /// <summary>Translates an error whose quote has been read and whose checksum has been judged.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="l3Offset">Bytes before the IPv6 header.</param>
    /// <param name="quote">From <see cref="Icmpv6ErrorParser"/> for this frame; has a transport header.</param>
    /// <param name="outer">New addresses of the error.</param>
    /// <param name="quoted">New addresses of the quoted packet.</param>
    /// <param name="mtuMax">What an MTU in the error is capped at: the way out's, host order.</param>
    /// <param name="shiftBytes">How far the frame's start has moved into the frame.</param>
    /// <param name="lengthBytes">New length of the frame.</param>
    /// <returns>UntranslatableFamily where the message has no counterpart.</returns>
    public static DropReason TryTranslate(
        Span<byte> frame,
        int l3Offset,
        in Icmpv6ErrorQuote quote,
        Ipv4Pair outer,
        Ipv4Pair quoted,
        int mtuMax,
        out int shiftBytes,
        out int lengthBytes)
    {
        shiftBytes = lengthBytes = 0;
        Span<byte> message = frame.Slice(quote.IcmpOffset, quote.IcmpBytes);
        uint rest = BinaryPrimitives.ReadUInt32BigEndian(message[4..]);
        if (!quote.HasTransport || quote.IsError || !IcmpFamilyMap.TryToIcmp(message[0], message[1], rest, out IcmpFamilyMessage mapped))
            return DropReason.UntranslatableFamily;
        bool isTooBig = message[0] == Icmpv6Type.PacketTooBig;
        Span<byte> inner = frame[quote.Ipv6Offset..(quote.IcmpOffset + quote.IcmpBytes)];
        inner = inner[..QuotedBytes(message[0], message[4], inner.Length)];
        if (quote.Ipv6Offset + inner.Length < quote.L4Offset + IcmpBytes)
            return DropReason.Truncated;
        if (Ipv6HeaderWalker.TryWalk(inner, out Ipv6Headers headers) != DropReason.None)
            return DropReason.UntranslatableFamily;

        Span<byte> l4 = inner[headers.L4Offset..];
        int innerPayload = Math.Max(0, Ipv6HeaderWalker.Ipv6Bytes + BinaryPrimitives.ReadUInt16BigEndian(inner[4..]) - headers.L4Offset);
        DropReason reason = TranslateQuotedTransport(frame, l4, inner[8..], in quote, innerPayload, quoted);
        if (reason != DropReason.None)
            return reason;

        byte outerClass = (byte)(BinaryPrimitives.ReadUInt16BigEndian(frame[l3Offset..]) >> 4);
        byte outerHopLimit = frame[l3Offset + Ipv6Rewriter.HopLimitOffset];
        WriteQuotedHeader(inner, headers, innerPayload, quoted);
        int newL3 = quote.L4Offset - HeadersBytes;
        uint newRest = isTooBig ? (uint)Math.Clamp((long)rest - Ipv4Header.BytesMin, 68, mtuMax) : (uint)mapped.FieldOffset << 24;
        WriteMessage(frame.Slice(newL3 + Ipv4Header.BytesMin, IcmpBytes + Ipv4Header.BytesMin + l4.Length), mapped, newRest);

        int totalBytes = HeadersBytes + l4.Length;
        Ipv4HeaderWriter.Write(frame[newL3..], outerClass, totalBytes, 0, 0, outerHopLimit, IpProtocol.Icmp, outer.SrcAddrBe, outer.DstAddrBe);
        shiftBytes = newL3 - l3Offset;
        frame[..l3Offset].CopyTo(frame[shiftBytes..]);
        LinkRewriter.SetPayload(frame[shiftBytes..], l3Offset, EtherType.Ipv4, totalBytes);
        lengthBytes = l3Offset + totalBytes;
        return DropReason.None;
    }

    // RFC 4884: behind the quoted datagram there may be extensions, whose length field the other version reads elsewhere. They are left out.
    private static int QuotedBytes(byte type, byte lengthWords, int presentBytes) =>
        type is Icmpv6Type.DestinationUnreachable or Icmpv6Type.TimeExceeded && lengthWords != 0
            ? Math.Min(lengthWords * 8, presentBytes)
            : presentBytes;

    private static DropReason TranslateQuotedTransport(
        Span<byte> frame, Span<byte> l4, ReadOnlySpan<byte> addresses, in Icmpv6ErrorQuote quote, int innerPayload, Ipv4Pair quoted)
    {
        if (quote.Protocol == IpProtocol.IcmpV6)
            return Ipv6ToIpv4.TranslateEcho(l4, addresses, innerPayload);
        if (quote.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
            return DropReason.UntranslatableFamily;
        if (quote.L4ChecksumOffset == 0)
            return DropReason.None;
        ushort delta = Ipv6ToIpv4.AddressDelta(addresses, quoted.SrcAddrBe, quoted.DstAddrBe);
        _ = Ipv6Rewriter.ApplyDelta(frame, quote.L4ChecksumOffset, delta, quote.Protocol);
        return DropReason.None;
    }

    private static void WriteQuotedHeader(Span<byte> inner, in Ipv6Headers headers, int innerPayload, Ipv4Pair quoted)
    {
        byte trafficClass = (byte)(BinaryPrimitives.ReadUInt16BigEndian(inner) >> 4);
        byte hopLimit = inner[Ipv6Rewriter.HopLimitOffset];
        int totalBytes = Math.Min(Ipv4Header.BytesMin + innerPayload, ushort.MaxValue);
        ushort id = headers.IsFragment ? (ushort)headers.FragmentId : (ushort)0;
        Ipv4HeaderWriter.Write(
            inner[(headers.L4Offset - Ipv4Header.BytesMin)..], trafficClass, totalBytes, id, Ipv6ToIpv4.FragmentWord(headers, totalBytes), hopLimit,
            Ipv6ToIpv4.ToIpv4Protocol(headers.Protocol), quoted.SrcAddrBe, quoted.DstAddrBe);
    }

    private static void WriteMessage(Span<byte> message, in IcmpFamilyMessage mapped, uint rest)
    {
        message[0] = mapped.Type;
        message[1] = mapped.Code;
        message[2] = message[3] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], rest);
        MemoryMarshal.Write(message[2..], Checksum.Compute(message));
    }
}
