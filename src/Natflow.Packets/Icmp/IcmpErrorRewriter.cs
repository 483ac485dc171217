using System.Runtime.InteropServices;

using Natflow.Core;

namespace Natflow.Packets.Icmp;

/// <summary>
/// Translates an ICMP error together with the packet it quotes (RFC 5508 REQ-4, REQ-5), in place and by incremental checksums: a checksum that
/// was wrong stays wrong. Addresses and ports are in network order; the quote comes from <see cref="IcmpErrorParser"/> for the same frame
/// and has ports. Steps the outer TTL down; the caller judged it.
/// </summary>
public static class IcmpErrorRewriter
{
    private const int SrcAddrIndex = 12;
    private const int DstAddrIndex = 16;
    private const int HeaderChecksumIndex = 10;
    private const int QueryIdentifierIndex = 4;

    /// <summary>An error from inside: hides its sender, and the subscriber in the quoted destination.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="l3Offset">Bytes before the outer IPv4 header.</param>
    /// <param name="quote">What is quoted.</param>
    /// <param name="newOuterSrcAddrBe">Replaces the error's source.</param>
    /// <param name="newQuotedDstAddrBe">Replaces the quoted destination address.</param>
    /// <param name="newQuotedDstPortBe">Replaces the quoted destination port, or the identifier.</param>
    public static void RewriteOutbound(
        Span<byte> frame, int l3Offset, in IcmpErrorQuote quote, uint newOuterSrcAddrBe, uint newQuotedDstAddrBe, ushort newQuotedDstPortBe)
    {
        ushort outerDelta = Checksum.Delta(MemoryMarshal.Read<uint>(frame[(l3Offset + SrcAddrIndex)..]), newOuterSrcAddrBe);
        NatRewriter.RewriteSourceAddress(frame, l3Offset, newOuterSrcAddrBe, outerDelta);
        RewriteQuote(frame, in quote, DstAddrIndex, quote.DstAddrBe, newQuotedDstAddrBe, 2, quote.DstPortBe, newQuotedDstPortBe);
    }

    /// <summary>An error from outside: its destination and the quoted source become the subscriber's again.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="l3Offset">Bytes before the outer IPv4 header.</param>
    /// <param name="quote">What is quoted.</param>
    /// <param name="newOuterDstAddrBe">Replaces the error's destination.</param>
    /// <param name="newQuotedSrcAddrBe">Replaces the quoted source address.</param>
    /// <param name="newQuotedSrcPortBe">Replaces the quoted source port, or the identifier.</param>
    public static void RewriteInbound(
        Span<byte> frame, int l3Offset, in IcmpErrorQuote quote, uint newOuterDstAddrBe, uint newQuotedSrcAddrBe, ushort newQuotedSrcPortBe)
    {
        ushort outerDelta = Checksum.Delta(MemoryMarshal.Read<uint>(frame[(l3Offset + DstAddrIndex)..]), newOuterDstAddrBe);
        NatRewriter.RewriteDestinationAddress(frame, l3Offset, newOuterDstAddrBe, outerDelta);
        RewriteQuote(frame, in quote, SrcAddrIndex, quote.SrcAddrBe, newQuotedSrcAddrBe, 0, quote.SrcPortBe, newQuotedSrcPortBe);
    }

    // Every word changed inside the quote, checksums included, also changes the sum that the outer ICMP checksum covers.
    private static void RewriteQuote(
        Span<byte> frame, in IcmpErrorQuote quote, int addrIndex, uint oldAddrBe, uint newAddrBe, int portIndex, ushort oldPortBe, ushort newPortBe)
    {
        NatRewriter.ComputeDeltas(oldAddrBe, newAddrBe, oldPortBe, newPortBe, quote.Protocol, out ushort l3Delta, out ushort l4Delta);
        MemoryMarshal.Write(frame[(quote.Ipv4Offset + addrIndex)..], newAddrBe);
        int identifierIndex = quote.Protocol == IpProtocol.Icmp ? QueryIdentifierIndex : portIndex;
        MemoryMarshal.Write(frame[(quote.L4Offset + identifierIndex)..], newPortBe);

        ushort changed = Checksum.Combine(l3Delta, Checksum.Delta(oldPortBe, newPortBe));
        changed = Checksum.Combine(changed, UpdateChecksum(frame, quote.Ipv4Offset + HeaderChecksumIndex, l3Delta, isUdp: false));
        if (quote.L4ChecksumOffset != 0)
            changed = Checksum.Combine(changed, UpdateChecksum(frame, quote.L4ChecksumOffset, l4Delta, quote.Protocol == IpProtocol.Udp));
        UpdateChecksum(frame, quote.IcmpOffset + sizeof(ushort), changed, isUdp: false);
    }

    /// <summary>Applies a delta to the checksum at an offset.</summary>
    /// <returns>What the change of the checksum field itself adds to a sum over it.</returns>
    private static ushort UpdateChecksum(Span<byte> frame, int offset, ushort delta, bool isUdp)
    {
        Span<byte> field = frame[offset..];
        ushort oldBe = MemoryMarshal.Read<ushort>(field);
        ushort newBe = isUdp ? Checksum.ApplyUdp(oldBe, delta) : Checksum.Apply(oldBe, delta);
        MemoryMarshal.Write(field, newBe);
        return Checksum.Delta(oldBe, newBe);
    }
}
