using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets.Build;

namespace Natflow.Gateway.Tests;

/// <summary>Frames of the tests, and what is in them. Host byte order; read without the product's parser.</summary>
internal static class Frames
{
    internal const uint Public = 0xCB007101;
    internal const uint Server = 0xC6336401;
    internal const ushort ServerPort = 4000;
    internal const byte Ttl = 64;

    internal static Ipv4Prefix Lan { get; } =
        Ipv4Prefix.TryParse("10.0.0.0/8", out Ipv4Prefix prefix, out string? error) ? prefix : throw new FormatException(error);

    internal static uint Subscriber(int index) => 0x0A000001 + (uint)index;

    /// <summary>A datagram whose last four bytes are a number.</summary>
    internal static byte[] Udp(uint src, ushort srcPort, uint dst, ushort dstPort, int number = 0, byte ttl = Ttl)
    {
        byte[] payload = new byte[24];
        BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(20), number);
        return PacketBuilder.Ethernet().Ipv4(src, dst, ttl).Udp(srcPort, dstPort).Payload(payload).ToArray();
    }

    internal static int NumberOf(byte[] frame) => BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(frame.Length - 4));

    internal static uint Src(byte[] frame) => BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(26));

    internal static uint Dst(byte[] frame) => BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(30));

    internal static ushort SrcPort(byte[] frame) => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(34));

    internal static ushort DstPort(byte[] frame) => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(36));
}
