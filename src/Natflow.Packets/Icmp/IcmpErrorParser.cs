using System.Buffers.Binary;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Packets.Ip;
using Natflow.Packets.Transport;

namespace Natflow.Packets.Icmp;

/// <summary>Reads ICMP errors over IPv4 (RFC 792) and what they quote. Total over any bytes.</summary>
public static class IcmpErrorParser
{
    /// <summary>ICMP header of an error, before the quote.</summary>
    private const int IcmpBytes = 8;

    /// <summary>What every error quotes behind the IPv4 header (RFC 792).</summary>
    private const int QuotedL4BytesMin = 8;

    /// <summary>Finds the quote.</summary>
    /// <param name="frame">The frame; a trailer is allowed.</param>
    /// <param name="l3Offset">Bytes before the IPv4 header.</param>
    /// <param name="isCaptured">The snap length may have cut the frame.</param>
    /// <param name="quote">The quote, where the result is <see cref="DropReason.None"/>.</param>
    /// <returns>
    /// <see cref="DropReason.Truncated"/> for a quote shorter than RFC 792 demands; the reasons of the IPv4 parser for a broken header.
    /// </returns>
    public static DropReason TryParse(ReadOnlySpan<byte> frame, int l3Offset, bool isCaptured, out IcmpErrorQuote quote)
    {
        quote = default;
        if ((uint)l3Offset > (uint)frame.Length) return DropReason.Truncated;

        DropReason reason = Ipv4Header.TryParse(frame[l3Offset..], isCaptured, out Ipv4Header outer);
        if (reason != DropReason.None) return reason;

        int icmpOffset = l3Offset + outer.HeaderBytes;
        ReadOnlySpan<byte> icmp = frame.Slice(icmpOffset, outer.PresentPayloadBytes);
        if (icmp.Length < IcmpBytes) return DropReason.Truncated;

        ChecksumState outerChecksum = outer.PresentPayloadBytes < outer.DeclaredPayloadBytes ? ChecksumState.Unverifiable
            : Checksum.Compute(icmp) == 0 ? ChecksumState.Valid
            : ChecksumState.Invalid;
        return TryParseQuote(icmp[IcmpBytes..], icmpOffset, outerChecksum, out quote);
    }

    // The quote is cut by design: its total length says nothing about the bytes here, so the IPv4 parser's length rules do not hold.
    private static DropReason TryParseQuote(ReadOnlySpan<byte> quoted, int icmpOffset, ChecksumState outerChecksum, out IcmpErrorQuote quote)
    {
        quote = default;
        if (quoted.Length < Ipv4Header.BytesMin) return DropReason.Truncated;

        int headerBytes = (quoted[0] & 0x0F) * 4;
        if (quoted[0] >> 4 != 4 || headerBytes < Ipv4Header.BytesMin) return DropReason.BadHeader;
        if (quoted.Length < headerBytes + QuotedL4BytesMin) return DropReason.Truncated;

        byte protocol = quoted[9];
        ReadOnlySpan<byte> l4 = quoted[headerBytes..];
        bool isLaterFragment = (BinaryPrimitives.ReadUInt16BigEndian(quoted[6..]) & Ipv4Header.OffsetMask) != 0;
        bool isQuery = protocol == IpProtocol.Icmp && IcmpType.IsQuery(l4[0]);
        int ipv4Offset = icmpOffset + IcmpBytes;
        int checksumIndex = TransportHeader.ChecksumOffset(protocol);
        quote = new IcmpErrorQuote(
            icmpOffset,
            ipv4Offset,
            ipv4Offset + headerBytes,
            checksumIndex + sizeof(ushort) <= l4.Length ? ipv4Offset + headerBytes + checksumIndex : 0,
            MemoryMarshal.Read<uint>(quoted[12..]),
            MemoryMarshal.Read<uint>(quoted[16..]),
            MemoryMarshal.Read<ushort>(l4[(isQuery ? 4 : 0)..]),
            MemoryMarshal.Read<ushort>(l4[(isQuery ? 4 : 2)..]),
            protocol,
            !isLaterFragment && (isQuery || protocol is IpProtocol.Tcp or IpProtocol.Udp),
            Checksum.Compute(quoted[..headerBytes]) == 0,
            outerChecksum);
        return DropReason.None;
    }
}
