using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Packets.Transport;

namespace Natflow.Packets.Ip;

/// <summary>IPv6: header, extension chain and transport header.</summary>
internal static class Ipv6Parser
{
    private const int SrcOffset = 8;
    private const int DstOffset = 24;

    /// <summary>Fills the descriptor from an IPv6 packet.</summary>
    /// <param name="packet">From the IPv6 header on; a trailer is allowed.</param>
    /// <param name="frame">Its L3Offset, Key.Zone and Key.Side are set; everything else the parser owns is zero.</param>
    /// <param name="hash">The gateway's hash.</param>
    public static DropReason TryParse(ReadOnlySpan<byte> packet, ref FrameDescriptor frame, in FlowHash hash)
    {
        DropReason reason = TryReadLengths(
            packet, (frame.Flags & FrameFlags.Captured) != FrameFlags.None, out int declaredBytes, out int presentBytes);
        if (reason != DropReason.None) return reason;

        packet = packet[..presentBytes];
        bool isCut = presentBytes < declaredBytes;
        reason = Ipv6HeaderWalker.TryWalk(packet, out Ipv6Headers headers);
        if (reason != DropReason.None) return reason;

        frame.Key.Protocol = headers.Protocol;
        frame.Kind = PacketKind.IPv6;
        frame.Hash = HashOf(packet, in frame, hash);
        if (IsBadFragment(headers, declaredBytes - headers.L4Offset)) return DropReason.FragmentBad;
        if (!headers.HasTransportHeader) return DropReason.None;

        bool isFirstFragment = headers.HasMoreFragments;
        reason = TransportHeader.TryParse(
            headers.Protocol, packet[headers.L4Offset..], declaredBytes - headers.L4Offset, isFirstFragment, out TransportHeader transport);
        if (reason == DropReason.Truncated && isFirstFragment && !isCut) return DropReason.FragmentBad; // RFC 7112 section 5.
        if (reason != DropReason.None) return reason;

        int l4Offset = frame.L3Offset + headers.L4Offset;
        frame.L4Offset = l4Offset <= byte.MaxValue ? (byte)l4Offset : (byte)0;

        // A query identifier stands at the subscriber's end alone, as in IPv4.
        bool isQuery = headers.Protocol == IpProtocol.IcmpV6;
        frame.Key.SrcPortBe = isQuery && frame.Key.Side == Side.Wan ? (ushort)0 : transport.SrcPortBe;
        frame.Key.DstPortBe = isQuery && frame.Key.Side == Side.Lan ? (ushort)0 : transport.DstPortBe;
        frame.TcpFlags = transport.TcpFlags;
        frame.Hash = HashOf(packet, in frame, hash);
        return DropReason.None;
    }

    /// <summary>Lengths of the packet with its fixed header: what it says and what is in memory.</summary>
    private static DropReason TryReadLengths(ReadOnlySpan<byte> packet, bool isCaptured, out int declaredBytes, out int presentBytes)
    {
        declaredBytes = presentBytes = 0;
        if (packet.Length < Ipv6HeaderWalker.Ipv6Bytes) return DropReason.Truncated;
        if (packet[0] >> 4 != 6) return DropReason.BadHeader;

        int payloadBytes = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        if (payloadBytes == 0)
        {
            // A jumbogram (RFC 2675) says 0 and carries its length in the hop-by-hop options.
            if (packet[6] == IpProtocol.HopByHop) return DropReason.BadLength;
            if (isCaptured && packet[6] != IpProtocol.NoNextHeader) payloadBytes = Math.Max(packet.Length, ushort.MaxValue);
        }

        declaredBytes = Ipv6HeaderWalker.Ipv6Bytes + payloadBytes;
        if (declaredBytes > packet.Length && !isCaptured) return DropReason.BadLength;
        presentBytes = Math.Min(declaredBytes, packet.Length);
        return DropReason.None;
    }

    /// <summary>RFC 8200 section 4.5: all fragments but the last are multiples of 8 bytes, and the whole fits 65,535.</summary>
    private static bool IsBadFragment(in Ipv6Headers headers, int payloadBytes) =>
        headers.IsFragment
        && ((headers.HasMoreFragments && (payloadBytes % 8 != 0 || payloadBytes == 0))
            || headers.FragmentOffsetBytes + payloadBytes > ushort.MaxValue);

    /// <summary>Keyed hash of both ends, inside first: the same for both directions of a flow.</summary>
    /// <param name="header">The IPv6 header, whole.</param>
    /// <param name="portsBe">Source and destination port as they lie in the packet; 0 where there are none.</param>
    /// <param name="protocol">The transport's protocol.</param>
    /// <param name="side">0 from inside, 1 from outside.</param>
    /// <param name="hash">The gateway's hash.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The parser's loop; the side only shifts offsets.
    public static uint Hash(ref byte header, uint portsBe, byte protocol, int side, in FlowHash hash)
    {
        var inside = Unsafe.ReadUnaligned<Ipv6Address>(ref Unsafe.Add(ref header, SrcOffset + (Ipv6Address.SizeBytes * side)));
        var remote = Unsafe.ReadUnaligned<Ipv6Address>(ref Unsafe.Add(ref header, DstOffset - (Ipv6Address.SizeBytes * side)));
        return hash.OfIpv6(in inside, in remote, BitOperations.RotateLeft(portsBe, 16 * side) | ((ulong)protocol << 32));
    }

    // Fragments but the first are looked up by their datagram, other protocols by their addresses.
    private static uint HashOf(ReadOnlySpan<byte> packet, ref readonly FrameDescriptor frame, in FlowHash hash)
    {
        uint ports = BitConverter.IsLittleEndian
            ? frame.Key.SrcPortBe | ((uint)frame.Key.DstPortBe << 16)
            : ((uint)frame.Key.SrcPortBe << 16) | frame.Key.DstPortBe;
        return Hash(ref MemoryMarshal.GetReference(packet), ports, frame.Key.Protocol, (int)frame.Key.Side, hash);
    }
}
