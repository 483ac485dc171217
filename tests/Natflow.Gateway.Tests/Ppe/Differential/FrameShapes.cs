using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing;

namespace Natflow.Gateway.Tests.Ppe.Differential;

/// <summary>What is odd about a frame.</summary>
internal enum FrameShape
{
    /// <summary>Nothing.</summary>
    Plain,

    /// <summary>Two hops left: it leaves with one.</summary>
    TwoHops,

    /// <summary>As large as its way takes.</summary>
    FillsWay,

    /// <summary>Bytes behind the packet, as Ethernet pads.</summary>
    Padded,

    /// <summary>A UDP datagram without checksum; of TCP and IPv6 a plain one.</summary>
    NoChecksum,

    /// <summary>One bit of the payload is wrong: that stays to be seen at the end.</summary>
    BadChecksum,

    /// <summary>First of those that no entry describes: one hop left.</summary>
    OneHop,

    /// <summary>A byte more than its way takes.</summary>
    OverWay,

    /// <summary>IPv4 options, or an IPv6 extension header.</summary>
    Options,

    /// <summary>First fragment.</summary>
    FirstFragment,

    /// <summary>Later fragment; of IPv6 another first one.</summary>
    LaterFragment,

    /// <summary>TCP FIN; of UDP one hop left.</summary>
    Fin,

    /// <summary>TCP RST; of UDP one hop left.</summary>
    Rst,
}

/// <summary>Random frames of a direction.</summary>
internal static class FrameShapes
{
    internal const FrameShape FirstSlow = FrameShape.OneHop;
    internal const FrameShape FirstEnding = FrameShape.Fin;
    private const ulong GatewayMac = 0x02_00_00_00_01_00;
    private const ulong SenderMac = 0x02_00_00_00_00_05;

    internal static byte[] Make(Prng prng, in Direction direction, FrameShape shape, ushort wayBytes)
    {
        bool isTcp = direction.Protocol == IpProtocol.Tcp;
        bool isOneHop = shape == FrameShape.OneHop || (!isTcp && shape >= FrameShape.Fin);
        byte hops = isOneHop ? (byte)1 : shape == FrameShape.TwoHops ? (byte)2 : (byte)(3 + prng.Next(250));
        PacketBuilder link = KindPaths.Under(prng.Next(KindPaths.KindCount), GatewayMac, SenderMac);
        byte[] payload = new byte[shape switch
        {
            FrameShape.FillsWay => wayBytes - direction.HeaderBytes,
            FrameShape.OverWay => wayBytes + 1 - direction.HeaderBytes,
            FrameShape.FirstFragment or FrameShape.LaterFragment => 64,
            FrameShape.Padded => prng.Next(4),
            _ => 1 + prng.Next(600),
        }];
        prng.NextBytes(payload);
        byte flags = shape == FrameShape.Fin ? (byte)(TcpFlags.Ack | TcpFlags.Fin) : shape == FrameShape.Rst ? TcpFlags.Rst : TcpFlags.Ack;
        byte[] frame = Transport(Network(link, direction, shape, hops), direction, flags, shape != FrameShape.NoChecksum).Payload(payload).ToArray();
        Dress(prng, frame, isFragment: shape is FrameShape.FirstFragment or FrameShape.LaterFragment);
        if (shape == FrameShape.BadChecksum)
            frame[^1] ^= 0x40;
        return shape == FrameShape.Padded ? [.. frame, .. new byte[1 + prng.Next(9)]] : frame;
    }

    private static PacketBuilder Network(PacketBuilder link, in Direction direction, FrameShape shape, byte hops)
    {
        bool isFragment = shape is FrameShape.FirstFragment or FrameShape.LaterFragment;
        if (direction.IsIpv6)
        {
            PacketBuilder ip = link.Ip(direction, hops);
            return isFragment ? ip.Extension(44, [0, 1, 0, 0, 0, 9]) : shape == FrameShape.Options ? ip.Extension(60, [1, 4, 0, 0, 0, 0]) : ip;
        }

        return link.Ipv4(
            (uint)direction.Source.Address,
            (uint)direction.Destination.Address,
            hops,
            identification: 77,
            fragmentOffsetBytes: shape == FrameShape.LaterFragment ? 64 : 0,
            moreFragments: isFragment,
            options: shape == FrameShape.Options ? [1, 1, 1, 0] : default);
    }

    private static PacketBuilder Transport(PacketBuilder ip, in Direction direction, byte flags, bool hasChecksum) => direction.Protocol == IpProtocol.Tcp
        ? ip.Tcp(direction.Source.Port, direction.Destination.Port, flags, sequence: 0x01020304, acknowledgement: 0x0A0B0C0D)
        : ip.Udp(direction.Source.Port, direction.Destination.Port, hasChecksum || direction.IsIpv6);

    // What translation has to leave alone: TOS or traffic class and flow label, identification, DF.
    private static void Dress(Prng prng, byte[] frame, bool isFragment)
    {
        Span<byte> ip = frame.AsSpan(Ends.L3Offset(frame));
        if (ip[0] >> 4 == 6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(ip, 0x6000_0000 | ((uint)prng.NextULong() & 0x0FFF_FFFF));
            return;
        }

        ip[1] = (byte)prng.NextULong();
        if (!isFragment)
        {
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)prng.NextULong());
            ip[6] |= (byte)(prng.Next(2) * 0x40);
        }

        int headerBytes = (ip[0] & 0x0F) * 4;
        ip[10] = ip[11] = 0;
        uint sum = 0;
        for (int i = 0; i < headerBytes; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(ip[i..]);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], (ushort)~sum);
    }
}
