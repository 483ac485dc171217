using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing.Flows;
using Natflow.Testing.Packets;

namespace Natflow.Conformance.Bench;

/// <summary>IPv6 frames and how to read them, the slow way.</summary>
internal static class Ipv6Frames
{
    internal const int IpBytes = 40;

    internal static Ipv6Address A { get; } = Address("2001:db8:1::10");

    internal static Ipv6Address B { get; } = Address("2001:db8:1::11");

    internal static Ipv6Address X { get; } = Address("2001:db8:2::10");

    internal static Ipv6Address Y { get; } = Address("2001:db8:2::50");

    internal static Ipv6Address GatewayInside { get; } = Address("2001:db8:1::1");

    internal static Ipv6Address GatewayOutside { get; } = Address("2001:db8:2::1");

    internal static Ipv6Address Address(string text) => Ipv6Address.TryParse(text, out Ipv6Address address) ? address : throw new FormatException(text);

    internal static Ipv6Prefix Prefix(string text) =>
        Ipv6Prefix.TryParse(text, out Ipv6Prefix prefix, out string? error) ? prefix : throw new FormatException(error);

    internal static PacketBuilder Ip(Ipv6Address source, Ipv6Address destination, byte hopLimit = 64) =>
        PacketBuilder.Ethernet().Ipv6(Bytes(source), Bytes(destination), hopLimit);

    internal static byte[] Udp(Ipv6Address source, Ipv6Address destination, ushort srcPort, ushort dstPort, int payloadBytes = 20) =>
        Ip(source, destination).Udp(srcPort, dstPort).Payload(Frames.Pattern(payloadBytes)).ToArray();

    internal static byte[] Tcp(Ipv6Address source, Ipv6Address destination, ushort srcPort, ushort dstPort, byte flags) =>
        Ip(source, destination).Tcp(srcPort, dstPort, flags).Payload(Frames.Pattern(9)).ToArray();

    internal static byte[] SynWithMss(Ipv6Address source, Ipv6Address destination, ushort srcPort, ushort dstPort, ushort mss, byte flags = TcpFlags.Syn) =>
        Ip(source, destination).Tcp(srcPort, dstPort, flags, options: [2, 4, (byte)(mss >> 8), (byte)mss]).ToArray();

    internal static byte[] Echo(Ipv6Address source, Ipv6Address destination, byte type, ushort identifier) =>
        Ip(source, destination).IcmpQuery(type, identifier).Payload(Frames.Pattern(17)).ToArray();

    /// <summary>An ICMPv6 error that quotes a frame's packet.</summary>
    internal static byte[] Error(Ipv6Address source, Ipv6Address destination, byte type, byte code, uint rest, byte[] frame) =>
        Ip(source, destination).Icmp(type, code, rest).Payload(Packet(frame)).ToArray();

    /// <summary>A fragment; the first one holds the UDP header.</summary>
    internal static byte[] Fragment(Ipv6Address source, Ipv6Address destination, uint id, int offsetBytes, bool hasMore, byte[] payload)
    {
        byte[] body = new byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(body, (ushort)(offsetBytes | (hasMore ? 1 : 0)));
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(2), id);
        return Ip(source, destination).Extension(IpProtocol.Fragment, body).Protocol(IpProtocol.Udp).Payload(payload).ToArray();
    }

    /// <summary>The IP packet of a frame.</summary>
    internal static byte[] Packet(byte[] frame) => frame[FrameChecker.IpOffset(frame)..];

    internal static Ipv6Address Source(Arrival arrival) => Ipv6Address.Read(Packet(arrival.Frame).AsSpan(8));

    internal static Ipv6Address Destination(Arrival arrival) => Ipv6Address.Read(Packet(arrival.Frame).AsSpan(24));

    /// <summary>What follows the fixed header.</summary>
    internal static byte[] Segment(Arrival arrival) => Packet(arrival.Frame)[IpBytes..];

    internal static ushort Half(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(offset));

    /// <summary>Nothing but the hop limit differs.</summary>
    internal static void AssertForwarded(byte[] sent, Arrival? arrival, Side to)
    {
        Assert.True(arrival is not null, "nothing left the gateway");
        byte[] expected = Packet(sent)[..];
        expected[7]--;
        Assert.Equal(to, arrival.Side);
        Assert.Equal(expected, Packet(arrival.Frame));
    }

    private static byte[] Bytes(Ipv6Address address)
    {
        byte[] bytes = new byte[16];
        address.Write(bytes);
        return bytes;
    }
}
