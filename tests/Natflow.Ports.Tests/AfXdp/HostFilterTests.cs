using System.Net;
using System.Net.Sockets;
using Natflow.Bpf;
using Natflow.Packets.Build;
using Natflow.Ports.AfXdp;
using Natflow.Testing.Namespaces;

namespace Natflow.Ports.Tests.AfXdp;

/// <summary>Packet in, verdict out, run by the kernel: for both programs at once, which must agree on what is the kernel's.</summary>
public sealed class HostFilterTests
{
    private const int XdpDrop = 1;
    private const int XdpPass = 2;
    private const int TcxNext = -1;
    private const int TcxDrop = 2;

    private const uint Host = 0xC0000209; // 192.0.2.9
    private const uint Plain = 0xC0000201; // 192.0.2.1
    private const uint Public = 0xCB007107; // 203.0.113.7
    private const uint Other = 0xC6336401; // 198.51.100.1
    private const ushort GatewayPort = 40000;

    private static readonly byte[] Host6 = IPAddress.Parse("2001:db8::9").GetAddressBytes();
    private static readonly byte[] Plain6 = IPAddress.Parse("2001:db8::1").GetAddressBytes();
    private static readonly byte[] Public6 = IPAddress.Parse("2001:db8:1::1").GetAddressBytes();
    private static readonly byte[] Other6 = IPAddress.Parse("2001:db8:2::1").GetAddressBytes();

    /// <summary>Frames by name, with what the programs are to do.</summary>
    public static TheoryData<string, byte[], HostCounter> Frames()
    {
        var rows = new TheoryData<string, byte[], HostCounter>();
        void Row(string name, PacketBuilder frame, HostCounter counter) => rows.Add(name, frame.ToArray(), counter);
        static PacketBuilder To(uint destination) => PacketBuilder.Ethernet().Ipv4(Host, destination);
        static PacketBuilder To6(byte[] destination) => PacketBuilder.Ethernet().Ipv6(Host6, destination);

        Row("arp request", PacketBuilder.Ethernet(0xFFFFFFFFFFFF).Arp(1, 0x020000000001, Host, 0, Plain), HostCounter.Group);
        Row("arp reply", PacketBuilder.Ethernet().Arp(2, 0x020000000001, Host, 0x020000000002, Plain), HostCounter.NotIp);
        Row("multicast mac", PacketBuilder.Ethernet(0x01005E000001).Ipv4(Host, Other).Udp(1, 2), HostCounter.Group);
        Row("multicast", To(0xE0000001).Udp(1, 2), HostCounter.Group);
        Row("broadcast", To(0xFFFFFFFF).Udp(68, 67), HostCounter.Group);
        Row("link-local", To(0xA9FE0101).Udp(1, 2), HostCounter.Group);
        Row("loopback", To(0x7F000001).Udp(1, 2), HostCounter.Group);
        Row("zero network", To(0x00000001).Udp(1, 2), HostCounter.Group);
        Row("transit tcp", To(Other).Tcp(1000, 80, 2), HostCounter.Gateway);
        Row("transit fragment", To(Other).Protocol(17).Payload(new byte[8]), HostCounter.Gateway);
        Row("transit other protocol", To(Other).Protocol(47).Payload(new byte[20]), HostCounter.Gateway);
        Row("tagged transit", PacketBuilder.Ethernet().Vlan(5).Vlan(6).Ipv4(Host, Other).Udp(1, 2), HostCounter.Gateway);
        Row("service tag", PacketBuilder.Ethernet().Vlan(5, 0x88A8).Vlan(6).Ipv4(Host, Plain).Udp(1, 2), HostCounter.Local);
        Row("three tags", PacketBuilder.Ethernet().Vlan(5).Vlan(6).Vlan(7).Ipv4(Host, Other).Udp(1, 2), HostCounter.NotIp);
        Row("plain local tcp", To(Plain).Tcp(1000, GatewayPort, 2), HostCounter.Local);
        Row("plain local icmp", To(Plain).IcmpQuery(0, 1), HostCounter.Local);
        Row("public tcp gateway port", To(Public).Tcp(1000, GatewayPort, 2), HostCounter.Gateway);
        Row("public udp gateway port", To(Public).Udp(53, GatewayPort), HostCounter.Gateway);
        Row("public udp first port", To(Public).Udp(53, 1030), HostCounter.Gateway);
        Row("public udp last port", To(Public).Udp(53, 1100), HostCounter.Gateway);
        Row("public udp before first", To(Public).Udp(53, 1029), HostCounter.Local);
        Row("public udp behind last", To(Public).Udp(53, 1101), HostCounter.Local);
        Row("public tcp in udp's range", To(Public).Tcp(53, 1030, 2), HostCounter.Local);
        Row("public tcp ssh", To(Public).Tcp(1000, 22, 2), HostCounter.Local);
        Row("public options", PacketBuilder.Ethernet().Ipv4(Host, Public, options: new byte[8]).Tcp(1, GatewayPort, 2), HostCounter.Gateway);
        Row("public options ssh", PacketBuilder.Ethernet().Ipv4(Host, Public, options: new byte[8]).Tcp(1, 22, 2), HostCounter.Local);
        Row("public echo request", To(Public).IcmpQuery(8, 1), HostCounter.Local);
        Row("public echo reply", To(Public).IcmpQuery(0, 1), HostCounter.Gateway);
        Row("public unreachable", To(Public).Icmp(3, 1, 0).Payload(new byte[28]), HostCounter.Gateway);
        Row("public time exceeded", To(Public).Icmp(11, 0, 0).Payload(new byte[28]), HostCounter.Gateway);
        Row("public redirect", To(Public).Icmp(5, 0, 0).Payload(new byte[28]), HostCounter.Local);
        Row("public gre", To(Public).Protocol(47).Payload(new byte[20]), HostCounter.Local);
        Row("public first fragment", PacketBuilder.Ethernet().Ipv4(Host, Public, moreFragments: true).Udp(53, 22).Payload(new byte[8]), HostCounter.Gateway);
        Row(
            "public later fragment",
            PacketBuilder.Ethernet().Ipv4(Host, Public, fragmentOffsetBytes: 16).Protocol(6).Payload(new byte[20]),
            HostCounter.Gateway);
        Row("ipv6 transit", To6(Other6).Tcp(1, 2, 2), HostCounter.Gateway);
        Row("ipv6 multicast", To6(IPAddress.Parse("ff02::1").GetAddressBytes()).Udp(1, 2), HostCounter.Group);
        Row("ipv6 link-local", To6(IPAddress.Parse("fe80::1").GetAddressBytes()).Udp(1, 2), HostCounter.Group);
        Row("ipv6 loopback", To6(IPAddress.IPv6Loopback.GetAddressBytes()).Udp(1, 2), HostCounter.Group);
        Row("ipv6 local", To6(Plain6).Tcp(1, GatewayPort, 2), HostCounter.Local);
        Row("ipv6 public gateway port", To6(Public6).Tcp(1, GatewayPort, 2), HostCounter.Gateway);
        Row("ipv6 public ssh", To6(Public6).Tcp(1, 22, 2), HostCounter.Local);
        Row("ipv6 public echo request", To6(Public6).IcmpQuery(128, 1), HostCounter.Local);
        Row("ipv6 public echo reply", To6(Public6).IcmpQuery(129, 1), HostCounter.Gateway);
        Row("ipv6 public too big", To6(Public6).Icmp(2, 0, 1280).Payload(new byte[48]), HostCounter.Gateway);
        Row("ipv6 public extension", To6(Public6).Extension(60, new byte[14]).Tcp(1, GatewayPort, 2), HostCounter.Gateway);
        Row("ipv6 public extension ssh", To6(Public6).Extension(0, new byte[6]).Extension(60, new byte[14]).Tcp(1, 22, 2), HostCounter.Local);
        Row("ipv6 public fragment", To6(Public6).Extension(44, new byte[6]).Protocol(6).Payload(new byte[20]), HostCounter.Gateway);
        Row("pppoe", PacketBuilder.Ethernet().Pppoe(7).Ipv4(Host, Other).Udp(1, 2), HostCounter.Pppoe);
        return rows;
    }

    [NamespaceTheory]
    [MemberData(nameof(Frames))]
    public void BothPrograms_Frame_AreOneVerdict(string name, byte[] frame, HostCounter counter)
    {
        using XdpProgram xdp = XdpProgram.Load();
        using IngressGuard guard = IngressGuard.Load();
        Configure(xdp.Filter);
        Configure(guard.Filter);

        bool isGateways = counter == HostCounter.Gateway;
        Assert.True(BpfTestRun.Run(guard.ProgramFd, frame) == (isGateways ? TcxDrop : TcxNext), name);
        Assert.Equal(1ul, guard.Filter.Read(counter));
        Assert.True(BpfTestRun.Run(xdp.ProgramFd, frame) == (isGateways ? XdpDrop : XdpPass), name); // The loopback is no port.
        Assert.Equal(1ul, xdp.Filter.Read(isGateways ? HostCounter.UnknownPort : counter));
    }

    [NamespaceFact]
    public void Pppoe_WhenTaken_IsTheGateways()
    {
        using IngressGuard guard = IngressGuard.Load(takesPppoe: true);
        byte[] frame = PacketBuilder.Ethernet().Pppoe(7).Ipv4(Host, Other).Udp(1, 2).ToArray();
        Assert.Equal(TcxDrop, BpfTestRun.Run(guard.ProgramFd, frame));
        byte[] discovery = [.. frame];
        discovery[13] = 0x63;
        Assert.Equal(TcxNext, BpfTestRun.Run(guard.ProgramFd, discovery));
    }

    [NamespaceFact]
    public void Filter_Changes_HoldForTheNextFrame()
    {
        using IngressGuard guard = IngressGuard.Load();
        byte[] frame = PacketBuilder.Ethernet().Ipv4(Host, Public).Tcp(1, GatewayPort, 2).ToArray();
        var address = IPAddress.Parse("203.0.113.7");
        int Verdict() => BpfTestRun.Run(guard.ProgramFd, frame);

        Assert.Equal(TcxDrop, Verdict());
        guard.Filter.SetAddress(address, isNatPublic: false);
        Assert.Equal(TcxNext, Verdict());
        guard.Filter.SetAddress(address, isNatPublic: true);
        Assert.Equal(TcxNext, Verdict());
        guard.Filter.SetPorts(ProtocolType.Tcp, 1024, ushort.MaxValue, isGateways: true);
        Assert.Equal(TcxDrop, Verdict());
        guard.Filter.SetPorts(ProtocolType.Tcp, GatewayPort, GatewayPort, isGateways: false);
        Assert.Equal(TcxNext, Verdict());
        Assert.True(guard.Filter.RemoveAddress(address));
        Assert.False(guard.Filter.RemoveAddress(address));
        Assert.Equal(TcxDrop, Verdict());
        Assert.Equal(3ul, guard.Filter.Read(HostCounter.Gateway));
        Assert.Equal(3ul, guard.Filter.Read(HostCounter.Local));
    }

    [NamespaceFact]
    public void BothPrograms_CutAnywhere_GiveAVerdict()
    {
        using XdpProgram xdp = XdpProgram.Load();
        using IngressGuard guard = IngressGuard.Load();
        Configure(xdp.Filter);
        Configure(guard.Filter);
        foreach (object[] row in Frames())
        {
            byte[] frame = (byte[])row[1];
            // The kernel makes no packet buffer for a tc test run of an IP frame without an IP header.
            int guardBytesMin = frame[12] switch { 0x08 => 34, 0x86 => 54, _ => 15 };
            for (int length = 14; length < frame.Length; length++)
            {
                Assert.InRange(BpfTestRun.Run(xdp.ProgramFd, frame.AsSpan(0, length)), XdpDrop, XdpPass);
                if (length >= guardBytesMin)
                    Assert.Contains(BpfTestRun.Run(guard.ProgramFd, frame.AsSpan(0, length)), new[] { TcxNext, TcxDrop });
            }
        }
    }

    private static void Configure(HostFilter filter)
    {
        filter.SetAddress(IPAddress.Parse("192.0.2.1"), isNatPublic: false);
        filter.SetAddress(IPAddress.Parse("2001:db8::1"), isNatPublic: false);
        filter.SetAddress(IPAddress.Parse("203.0.113.7"), isNatPublic: true);
        filter.SetAddress(IPAddress.Parse("2001:db8:1::1"), isNatPublic: true);
        filter.SetPorts(ProtocolType.Tcp, 32768, ushort.MaxValue, isGateways: true);
        filter.SetPorts(ProtocolType.Udp, 32768, ushort.MaxValue, isGateways: true);
        filter.SetPorts(ProtocolType.Udp, 1030, 1100, isGateways: true);
    }
}
