using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Packets.Transport;

namespace Natflow.Packets.Ip;

/// <summary>IPv4 of every shape: what the parser's fast path leaves over.</summary>
internal static class Ipv4Parser
{
    /// <summary>Fills the descriptor from an IPv4 packet.</summary>
    /// <param name="packet">From the IPv4 header on; a trailer is allowed.</param>
    /// <param name="frame">Its L3Offset, Key.Zone and Key.Side are set; everything else the parser owns is zero.</param>
    /// <param name="hash">The gateway's hash.</param>
    public static DropReason TryParse(ReadOnlySpan<byte> packet, ref FrameDescriptor frame, in FlowHash hash)
    {
        DropReason reason = Ipv4Header.TryParse(packet, (frame.Flags & FrameFlags.Captured) != FrameFlags.None, out Ipv4Header header);
        if (reason != DropReason.None) return reason;

        frame.Key.SrcAddrBe = MemoryMarshal.Read<uint>(packet[12..]);
        frame.Key.DstAddrBe = MemoryMarshal.Read<uint>(packet[16..]);
        frame.Key.Protocol = header.Protocol;
        ReadOnlySpan<byte> payload = packet.Slice(header.HeaderBytes, header.PresentPayloadBytes);
        reason = header.IsFragment ? TryParseFragment(payload, header, ref frame) : TryParseWhole(payload, header, ref frame);
        frame.Hash = hash.Of(frame.Key);
        return reason;
    }

    private static DropReason TryParseWhole(ReadOnlySpan<byte> payload, in Ipv4Header header, ref FrameDescriptor frame)
    {
        DropReason reason = TransportHeader.TryParse(
            header.Protocol, payload, header.DeclaredPayloadBytes, isFirstFragment: false, out TransportHeader transport);
        if (reason != DropReason.None) return reason;

        SetTransport(transport, header, ref frame);
        bool isError = header.Protocol == IpProtocol.Icmp && IcmpType.IsError(transport.TcpFlags);
        frame.Kind = transport.HasPorts ? PacketKind.Flow : isError ? PacketKind.IcmpError : PacketKind.OtherIPv4;
        return DropReason.None;
    }

    private static DropReason TryParseFragment(ReadOnlySpan<byte> payload, in Ipv4Header header, ref FrameDescriptor frame)
    {
        // RFC 791: all fragments but the last are multiples of 8 bytes, and no datagram is longer than its length field can say.
        if (header.HasMoreFragments && (header.DeclaredPayloadBytes % 8 != 0 || header.DeclaredPayloadBytes == 0))
            return DropReason.FragmentBad;
        if (header.HeaderBytes + header.FragmentOffsetBytes + payload.Length > Ipv4Header.DatagramBytesMax) return DropReason.FragmentBad;

        frame.Kind = PacketKind.Fragment;
        if (header.FragmentOffsetBytes != 0)
        {
            // A TCP fragment at offset 8 can overwrite the flags of the first one (RFC 1858 section 3, RFC 3128).
            return header.FragmentOffsetBytes == 8 && header.Protocol == IpProtocol.Tcp ? DropReason.FragmentBad : DropReason.None;
        }

        DropReason reason = TransportHeader.TryParse(
            header.Protocol, payload, header.DeclaredPayloadBytes, isFirstFragment: true, out TransportHeader transport);
        if (reason == DropReason.Truncated && payload.Length == header.DeclaredPayloadBytes) return DropReason.FragmentBad;
        if (reason != DropReason.None) return reason;

        SetTransport(transport, header, ref frame);
        return DropReason.None;
    }

    private static void SetTransport(in TransportHeader transport, in Ipv4Header header, ref FrameDescriptor frame)
    {
        // A query identifier stands at the subscriber's end alone: the other end has none, and both directions must share one flow.
        bool isQuery = frame.Key.Protocol == IpProtocol.Icmp;
        frame.Key.SrcPortBe = isQuery && frame.Key.Side == Side.Wan ? (ushort)0 : transport.SrcPortBe;
        frame.Key.DstPortBe = isQuery && frame.Key.Side == Side.Lan ? (ushort)0 : transport.DstPortBe;
        frame.TcpFlags = transport.TcpFlags;
        frame.L4Offset = (byte)(frame.L3Offset + header.HeaderBytes); // At most 34 + 60.
    }
}
