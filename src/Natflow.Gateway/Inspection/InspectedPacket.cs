using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Inspect.Observe;
using Natflow.Packets.Ip;

namespace Natflow.Gateway.Inspection;

/// <summary>The transport payload of a forwarded frame.</summary>
internal readonly ref struct InspectedPacket
{
    private const int TcpBytesMin = 20;
    private const int UdpBytes = 8;

    /// <summary>The payload; empty where there is none.</summary>
    internal ReadOnlySpan<byte> Payload { get; private init; }

    /// <summary>TCP: what orders the stream.</summary>
    internal TcpSegment Segment { get; private init; }

    /// <summary>Ethernet source, first byte in bits 47 to 40; 0 where there is none.</summary>
    internal ulong Mac { get; private init; }

    /// <summary>Reads a frame that a shard has decided to forward: the parser vouched for its headers.</summary>
    /// <param name="bytes">The frame.</param>
    /// <param name="frame">Its descriptor.</param>
    /// <param name="isIpv6">Of the flow.</param>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="packet">The payload.</param>
    /// <returns>False for fragments, extension headers, and what is cut.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, ref readonly FrameDescriptor frame, bool isIpv6, byte protocol, out InspectedPacket packet)
    {
        packet = default;
        if (frame.Kind == PacketKind.Fragment || frame.L4Offset == 0 || frame.L3Offset + Ipv6HeaderWalker.Ipv6Bytes > bytes.Length)
            return false;
        if (isIpv6 && frame.L4Offset - frame.L3Offset != Ipv6HeaderWalker.Ipv6Bytes)
            return false;
        int end = EndOf(bytes, frame.L3Offset, isIpv6);
        if (frame.L4Offset >= end)
            return false;
        ReadOnlySpan<byte> transport = bytes[frame.L4Offset..end];
        int headerBytes = protocol == IpProtocol.Udp ? UdpBytes : transport.Length < TcpBytesMin ? int.MaxValue : (transport[12] >> 4) * 4;
        if (headerBytes > transport.Length)
            return false;
        packet = new InspectedPacket
        {
            Payload = transport[headerBytes..],
            Segment = protocol == IpProtocol.Udp
                ? default
                : new TcpSegment(BinaryPrimitives.ReadUInt32BigEndian(transport[4..]), BinaryPrimitives.ReadUInt32BigEndian(transport[8..]), transport[13]),
            Mac = frame.L3Offset >= 14 ? BinaryPrimitives.ReadUInt64BigEndian(bytes[4..]) & 0xFFFF_FFFF_FFFF : 0,
        };
        return true;
    }

    // A length of 0 is that of a captured segmentation-offload frame.
    private static int EndOf(ReadOnlySpan<byte> bytes, int l3Offset, bool isIpv6)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(l3Offset + (isIpv6 ? 4 : 2))..]);
        int whole = isIpv6 ? length + Ipv6HeaderWalker.Ipv6Bytes : length;
        return length == 0 ? bytes.Length : Math.Min(bytes.Length, l3Offset + whole);
    }
}
