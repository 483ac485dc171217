using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Offload.Model;
using Natflow.Offload.Xdp;
using Natflow.Packets.Build;

namespace Natflow.Offload.Tests.Xdp;

/// <summary>Flows, frames and link headers of the tests.</summary>
internal static class PpeFlows
{
    public const uint Client = 0xC0A8010A; // 192.168.1.10
    public const uint Server = 0xCB007150; // 203.0.113.80
    public const uint Public = 0xC6336407; // 198.51.100.7

    /// <summary>Frames of the bound flow, or nearly, that are the gateway's.</summary>
    public static TheoryData<string, byte[], PpeCounter> Punted()
    {
        var rows = new TheoryData<string, byte[], PpeCounter>();
        void Row(string name, byte[] frame, PpeCounter counter) => rows.Add(name, frame, counter);
        Row("other flow", L4(To(Client, Server), 40001, 443, true), PpeCounter.Miss);
        Row("other protocol", L4(To(Client, Server), 40000, 443, false), PpeCounter.Miss);
        Row("syn", To(Client, Server).Tcp(40000, 443, 0x02).ToArray(), PpeCounter.PuntTcpFlags);
        Row("fin", To(Client, Server).Tcp(40000, 443, 0x11).ToArray(), PpeCounter.PuntTcpFlags);
        Row("rst", To(Client, Server).Tcp(40000, 443, 0x04).ToArray(), PpeCounter.PuntTcpFlags);
        Row("fragment", PacketBuilder.Ethernet().Ipv4(Client, Server, moreFragments: true).Tcp(40000, 443, 0x10).Payload(new byte[16]).ToArray(), PpeCounter.PuntFragment);
        Row("options", PacketBuilder.Ethernet().Ipv4(Client, Server, options: new byte[4]).Tcp(40000, 443, 0x10).ToArray(), PpeCounter.PuntOptions);
        Row("ttl 1", PacketBuilder.Ethernet().Ipv4(Client, Server, ttl: 1).Tcp(40000, 443, 0x10).ToArray(), PpeCounter.PuntHopLimit);
        Row("ttl 0", PacketBuilder.Ethernet().Ipv4(Client, Server, ttl: 0).Tcp(40000, 443, 0x10).ToArray(), PpeCounter.PuntHopLimit);
        Row("icmp", To(Client, Server).IcmpQuery(8, 1).ToArray(), PpeCounter.NotOurs);
        Row("group mac", PacketBuilder.Ethernet(0x01005E000001).Ipv4(Client, Server).Tcp(40000, 443, 0x10).ToArray(), PpeCounter.NotOurs);
        Row("truncated tcp", L4(To(Client, Server), 40000, 443, true)[..50], PpeCounter.NotOurs);
        byte[] longer = L4(To(Client, Server), 40000, 443, true);
        longer[17]++; // Total length beyond the frame.
        Row("length beyond the frame", longer, PpeCounter.NotOurs);
        return rows;
    }

    public static FoeEntry Snat(bool isTcp) => Entry(Client, 40000, Server, 443, Public, 51000, Server, 443, isTcp ? (byte)6 : (byte)17);

    public static FoeEntry Entry(
        uint source, ushort sourcePort, uint destination, ushort destinationPort, uint newSource, ushort newSourcePort, uint newDestination, ushort newDestinationPort, byte protocol) => new()
        {
            SrcAddr = Mapped(source),
            DstAddr = Mapped(destination),
            NewSrcAddr = Mapped(newSource),
            NewDstAddr = Mapped(newDestination),
            SrcPortBe = Be(sourcePort),
            DstPortBe = Be(destinationPort),
            NewSrcPortBe = Be(newSourcePort),
            NewDstPortBe = Be(newDestinationPort),
            Zone = PpeRig.LanZone,
            Protocol = protocol,
            LinkIndex = 1,
            LinkGeneration = PpeRig.LinkGeneration,
            PolicyIndex = PpeRig.Policy,
            PolicyGeneration = PpeRig.PolicyGeneration,
            ShardIndex = 9,
            Cookie = 0x1122334455667788,
        };

    public static PacketBuilder To(uint source, uint destination) => PacketBuilder.Ethernet().Ipv4(source, destination);

    public static PacketBuilder From(uint source, uint destination) =>
        PacketBuilder.Ethernet(PpeRig.NextMac, PpeRig.GatewayMac).Ipv4(source, destination, ttl: 63);

    public static byte[] L4(PacketBuilder ip, ushort sourcePort, ushort destinationPort, bool isTcp, bool hasChecksum = true, byte[]? payload = null) =>
        (isTcp ? ip.Tcp(sourcePort, destinationPort, 0x10) : ip.Udp(sourcePort, destinationPort, hasChecksum)).Payload(payload ?? []).ToArray();

    /// <summary>0 plain, 1 a tag, 2 two tags, 3 PPPoE, 4 PPPoE under a tag.</summary>
    public static PacketBuilder Under(int kind, ulong destination, ulong source)
    {
        PacketBuilder frame = PacketBuilder.Ethernet(destination, source);
        return kind switch
        {
            0 => frame,
            1 => frame.Vlan(100),
            2 => frame.Vlan(7, 0x88A8).Vlan(100),
            3 => frame.Pppoe(0x1234),
            _ => frame.Vlan(100).Pppoe(0x1234),
        };
    }

    /// <summary>The same as a way's link header.</summary>
    public static byte[] LinkHeader(int kind) => kind switch
    {
        0 => PpeRig.Ethernet(PpeRig.NextMac, PpeRig.GatewayMac),
        1 => PpeRig.Ethernet(PpeRig.NextMac, PpeRig.GatewayMac, 0x81, 0, 0, 100, 0, 0),
        2 => PpeRig.Ethernet(PpeRig.NextMac, PpeRig.GatewayMac, 0x88, 0xA8, 0, 7, 0x81, 0, 0, 100, 0, 0),
        3 => PpeRig.Ethernet(PpeRig.NextMac, PpeRig.GatewayMac, 0x88, 0x64, 0x11, 0, 0x12, 0x34, 0, 0, 0, 0),
        _ => PpeRig.Ethernet(PpeRig.NextMac, PpeRig.GatewayMac, 0x81, 0, 0, 100, 0x88, 0x64, 0x11, 0, 0x12, 0x34, 0, 0, 0, 0),
    };

    /// <summary>Ones' complement sum of 16-bit words.</summary>
    public static int OnesSum(ReadOnlySpan<byte> bytes, int start = 0)
    {
        int sum = start;
        for (int i = 0; i < bytes.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (sum & 0xFFFF) + (sum >> 16);
    }

    private static ushort Be(ushort value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static Ipv6Address Mapped(uint address)
    {
        byte[] bytes = new byte[16];
        bytes[10] = bytes[11] = 0xFF;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(12), address);
        return Ipv6Address.Read(bytes);
    }
}
