using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Packets.Ip;
using Natflow.Packets.Transport;

namespace Natflow.Packets;

/// <summary>Translates one end of an IPv4 packet in place by precomputed checksum deltas, and decrements its TTL.</summary>
/// <remarks>
/// Offsets come from the parser, which vouches for whole headers of 20, 8 and 8 bytes (TCP, UDP, ICMP); they are checked once against the span and a
/// mismatch throws, for it is the caller's bug. Addresses, ports and deltas are in network order. Whoever calls has judged the TTL: it is at least 1.
/// </remarks>
public static class NatRewriter
{
    private const int SrcAddrOffset = 12;
    private const int DstAddrOffset = 16;
    private const int TtlOffset = 8;
    private const int HeaderChecksumOffset = 10;

    /// <summary>~m + m' for TTL - 1, whatever the TTL and protocol that share the word (RFC 1141): less 0x0100 in network order.</summary>
    private static readonly ushort TtlDelta = BitConverter.IsLittleEndian ? (ushort)0xFFFE : (ushort)0xFEFF;

    /// <summary>What a translation adds to the checksums it touches.</summary>
    /// <param name="oldAddrBe">Network order, as the three others.</param>
    /// <param name="newAddrBe">Replaces <paramref name="oldAddrBe"/>.</param>
    /// <param name="oldPortBe">Port or ICMP query identifier.</param>
    /// <param name="newPortBe">Replaces <paramref name="oldPortBe"/>.</param>
    /// <param name="protocol">IP protocol.</param>
    /// <param name="l3Delta">For the IPv4 header checksum; without the TTL step, which the rewriter adds.</param>
    /// <param name="l4Delta">For the transport checksum. ICMP has no pseudo header: its delta is that of the identifier alone.</param>
    public static void ComputeDeltas(
        uint oldAddrBe, uint newAddrBe, ushort oldPortBe, ushort newPortBe, byte protocol, out ushort l3Delta, out ushort l4Delta)
    {
        l3Delta = Checksum.Delta(oldAddrBe, newAddrBe);
        ushort portDelta = Checksum.Delta(oldPortBe, newPortBe);
        l4Delta = protocol == IpProtocol.Icmp ? portDelta : Checksum.Combine(l3Delta, portDelta);
    }

    /// <summary>Sets source address and source port (or query identifier), steps the TTL down, applies the deltas.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="l3Offset">Bytes before the IPv4 header.</param>
    /// <param name="l4Offset">Bytes before the transport header.</param>
    /// <param name="protocol">TCP, UDP or ICMP.</param>
    /// <param name="newAddrBe">Network order.</param>
    /// <param name="newPortBe">Network order.</param>
    /// <param name="l3Delta">From <see cref="ComputeDeltas"/>.</param>
    /// <param name="l4Delta">From <see cref="ComputeDeltas"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Called once in the flow actor's loop; the direction folds to constants.
    public static void RewriteSource(
        Span<byte> frame, int l3Offset, int l4Offset, byte protocol, uint newAddrBe, ushort newPortBe, ushort l3Delta, ushort l4Delta)
    {
        CheckOffsets(frame, l3Offset, l4Offset, protocol);
        ref byte start = ref MemoryMarshal.GetReference(frame);
        RewriteAddress(ref Unsafe.Add(ref start, l3Offset), SrcAddrOffset, newAddrBe, l3Delta);
        RewritePort(ref Unsafe.Add(ref start, l4Offset), 0, protocol, newPortBe, l4Delta);
    }

    /// <summary>As <see cref="RewriteSource"/>, for destination address and port.</summary>
    /// <inheritdoc cref="RewriteSource"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Called once in the flow actor's loop; the direction folds to constants.
    public static void RewriteDestination(
        Span<byte> frame, int l3Offset, int l4Offset, byte protocol, uint newAddrBe, ushort newPortBe, ushort l3Delta, ushort l4Delta)
    {
        CheckOffsets(frame, l3Offset, l4Offset, protocol);
        ref byte start = ref MemoryMarshal.GetReference(frame);
        RewriteAddress(ref Unsafe.Add(ref start, l3Offset), DstAddrOffset, newAddrBe, l3Delta);
        RewritePort(ref Unsafe.Add(ref start, l4Offset), 2, protocol, newPortBe, l4Delta);
    }

    /// <summary>Source address and TTL alone: for fragments other than the first, which carry no transport header.</summary>
    public static void RewriteSourceAddress(Span<byte> frame, int l3Offset, uint newAddrBe, ushort l3Delta) =>
        RewriteAddress(ref HeaderAt(frame, l3Offset), SrcAddrOffset, newAddrBe, l3Delta);

    /// <summary>Destination address and TTL alone: for fragments other than the first, which carry no transport header.</summary>
    public static void RewriteDestinationAddress(Span<byte> frame, int l3Offset, uint newAddrBe, ushort l3Delta) =>
        RewriteAddress(ref HeaderAt(frame, l3Offset), DstAddrOffset, newAddrBe, l3Delta);

    /// <summary>Steps the TTL down and its header checksum with it: for what is forwarded untranslated.</summary>
    public static void DecrementTtl(Span<byte> frame, int l3Offset)
    {
        ref byte header = ref HeaderAt(frame, l3Offset);
        Debug.Assert(Unsafe.Add(ref header, TtlOffset) != 0, "the caller drops what has no hop left");
        Unsafe.Add(ref header, TtlOffset)--;
        ushort checksumBe = Wire.ReadUInt16Be(ref header, HeaderChecksumOffset);
        Wire.WriteUInt16Be(ref header, HeaderChecksumOffset, Checksum.Apply(checksumBe, TtlDelta));
    }

    /// <summary>Takes back <see cref="DecrementTtl"/> or the step of a rewrite: for what turns round inside the gateway and is stepped again.</summary>
    public static void RestoreTtl(Span<byte> frame, int l3Offset)
    {
        ref byte header = ref HeaderAt(frame, l3Offset);
        Unsafe.Add(ref header, TtlOffset)++;
        ushort checksumBe = Wire.ReadUInt16Be(ref header, HeaderChecksumOffset);
        Wire.WriteUInt16Be(ref header, HeaderChecksumOffset, Checksum.Apply(checksumBe, Checksum.Negate(TtlDelta)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The caller checked 20 bytes from the header on.
    private static void RewriteAddress(ref byte header, int addressOffset, uint newAddrBe, ushort l3Delta)
    {
        Debug.Assert(Unsafe.Add(ref header, TtlOffset) != 0, "the caller drops what has no hop left");
        Wire.WriteUInt32Be(ref header, addressOffset, newAddrBe);
        Unsafe.Add(ref header, TtlOffset)--;
        ushort delta = Checksum.Combine(l3Delta, TtlDelta);
        ushort checksumBe = Wire.ReadUInt16Be(ref header, HeaderChecksumOffset);
        Wire.WriteUInt16Be(ref header, HeaderChecksumOffset, Checksum.Apply(checksumBe, delta));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The caller checked the protocol's header length.
    private static void RewritePort(ref byte header, int portOffset, byte protocol, ushort newPortBe, ushort l4Delta)
    {
        if (protocol == IpProtocol.Tcp)
        {
            Wire.WriteUInt16Be(ref header, portOffset, newPortBe);
            Wire.WriteUInt16Be(ref header, 16, Checksum.Apply(Wire.ReadUInt16Be(ref header, 16), l4Delta));
        }
        else if (protocol == IpProtocol.Udp)
        {
            Wire.WriteUInt16Be(ref header, portOffset, newPortBe);
            Wire.WriteUInt16Be(ref header, 6, Checksum.ApplyUdp(Wire.ReadUInt16Be(ref header, 6), l4Delta));
        }
        else
        {
            Wire.WriteUInt16Be(ref header, 4, newPortBe);
            Wire.WriteUInt16Be(ref header, 2, Checksum.Apply(Wire.ReadUInt16Be(ref header, 2), l4Delta));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two comparisons; the throw is out of line.
    private static void CheckOffsets(ReadOnlySpan<byte> frame, int l3Offset, int l4Offset, byte protocol)
    {
        int l4Bytes = protocol == IpProtocol.Tcp ? TransportHeader.TcpBytesMin : TransportHeader.UdpBytes;
        if (l3Offset < 0 || l4Offset < l3Offset + Ipv4Header.BytesMin || frame.Length - l4Bytes < l4Offset) ThrowOffsets(nameof(frame));
    }

    private static ref byte HeaderAt(Span<byte> frame, int l3Offset)
    {
        if (l3Offset < 0 || frame.Length - Ipv4Header.BytesMin < l3Offset) ThrowOffsets(nameof(frame));
        return ref Unsafe.Add(ref MemoryMarshal.GetReference(frame), l3Offset);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // A caller's bug, never taken.
    private static void ThrowOffsets(string paramName) => throw new ArgumentException("the headers do not lie in the frame", paramName);
}
