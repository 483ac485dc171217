using System.Net;
using System.Net.Sockets;
using Natflow.Core;
using Natflow.Packets.Build;
using Natflow.Ports.HostInjection;
using Natflow.Ports.Tests.Wire;
using Natflow.Testing.Namespaces;

namespace Natflow.Ports.Tests.HostInjection;

public sealed class HostPortTests : IDisposable
{
    private const uint BoxAddress = 0xC0000201;
    private const uint StrangerAddress = 0xC6336409;

    private readonly TestNamespace? _place = NamespaceSupport.SkipReason is null ? new TestNamespace("host") : null;
    private readonly PortPump _pump = new();

    public HostPortTests()
    {
        _place?.Run("ip link add uplink type veth peer name internet");
        _place?.Run("ip addr add 192.0.2.1/24 dev uplink");
        _place?.Run("ip addr add 2001:db8::1/64 dev uplink nodad");
        _place?.Run("ip link set uplink up");
        _place?.Run("ip link set internet up");
        _place?.Run("ip route add default via 192.0.2.254");
    }

    public void Dispose()
    {
        _pump.Dispose();
        _place?.Dispose();
    }

    [NamespaceTheory]
    [InlineData("0", false)]
    [InlineData("1", true)]
    [InlineData("2", true)]
    public void Transmit_DatagramToTheBox_ReachesASocket(string reversePathFilter, bool isLoose)
    {
        _place!.Run(["sh", "-c", $"echo {reversePathFilter} > /proc/sys/net/ipv4/conf/all/rp_filter"]);
        using Socket socket = OpenUdp(IPAddress.Parse("192.0.2.1"));
        using HostPort port = Open();
        Assert.Equal(isLoose, port.IsReversePathLoose);

        byte[] frame = PacketBuilder.Ethernet().Vlan(9).Ipv4(StrangerAddress, BoxAddress).Udp(4000, 5000).Payload([1, 2, 3]).ToArray();
        Assert.True(_pump.Transmit(port.Queue(0), frame, l3Offset: 18));

        AssertArrives(socket, new IPEndPoint(IPAddress.Parse("198.51.100.9"), 4000));
        Assert.Equal(1ul, port.Queue(0).InjectedCount);
        Assert.Equal(_pump.ChunkCount, _pump.Pools[0].Available);
    }

    [NamespaceFact]
    public void Transmit_DatagramOfIpv6_ReachesASocket()
    {
        IPAddress address = IPAddress.Parse("2001:db8::1");
        IPAddress stranger = IPAddress.Parse("2001:db8:9::9");
        using Socket socket = OpenUdp(address);
        using HostPort port = Open();

        byte[] frame = PacketBuilder.Ethernet().Ipv6(stranger.GetAddressBytes(), address.GetAddressBytes())
            .Udp(4000, 5000).Payload([1, 2, 3]).ToArray();
        Assert.True(_pump.Transmit(port.Queue(0), frame, l3Offset: 14));

        AssertArrives(socket, new IPEndPoint(stranger, 4000));
    }

    [NamespaceFact]
    public void Open_Interface_HasNoAddressAndSaysNothing()
    {
        using HostPort port = Open();

        Assert.DoesNotContain("inet", _place!.Run("ip addr show dev nfhost0"), StringComparison.Ordinal);
        Assert.Equal(0, port.Queue(0).Receive(new FrameDescriptor[4]));
    }

    [NamespaceFact]
    public void Transmit_NotAPacket_IsCounted()
    {
        using HostPort port = Open();
        byte[] arp = PacketBuilder.Ethernet().Arp(1, 1, BoxAddress, 2, StrangerAddress).ToArray();
        Assert.True(_pump.Transmit(port.Queue(0), arp, l3Offset: 14));
        Assert.True(_pump.Transmit(port.Queue(0), arp, l3Offset: 0));
        Assert.True(_pump.Transmit(port.Queue(0), arp[..14], l3Offset: 14));

        Assert.Equal(3ul, port.Queue(0).Drops.Read(DropReason.UnsupportedProtocol));
        Assert.Equal(0ul, port.Queue(0).InjectedCount);
        Assert.Equal(_pump.ChunkCount, _pump.Pools[0].Available);
    }

    // A TUN device itself is hard to fill, for the stack takes packets as they are written: a socket without room answers the same.
    [Fact]
    public void Transmit_FileWithoutRoom_IsCountedAndDoesNotBlock()
    {
        var address = new UnixDomainSocketEndPoint($"\0nf-{Environment.ProcessId}-host");
        using var receiver = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        receiver.Bind(address);
        using var sender = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        sender.Connect(address);
        var queue = new HostQueue((int)sender.Handle, _pump.Umem, _pump.Pools[0]);
        byte[] frame = PacketBuilder.Ethernet().Ipv4(StrangerAddress, BoxAddress).Udp(4000, 5000).ToArray();

        Assert.True(Patience.Until(() => _pump.Transmit(queue, frame, l3Offset: 14) && queue.Drops.Total() != 0));
        Assert.Equal(1ul, queue.Drops.Read(DropReason.HostRingFull));
        Assert.True(queue.InjectedCount > 0);
        Assert.Equal(_pump.ChunkCount, _pump.Pools[0].Available);
        queue.Drops.Dispose();
    }

    [NamespaceFact]
    public void Transmit_InterfaceIsDown_IsCounted()
    {
        using HostPort port = Open();
        _place!.Run("ip link set nfhost0 down");
        byte[] frame = PacketBuilder.Ethernet().Ipv4(StrangerAddress, BoxAddress).Udp(4000, 5000).ToArray();
        Assert.True(_pump.Transmit(port.Queue(0), frame, l3Offset: 14));

        Assert.Equal(1ul, port.Queue(0).Drops.Read(DropReason.LinkDown));
    }

    private HostPort Open() => _place!.Invoke(() => new HostPort("nfhost0", 1500, _pump.Umem, _pump.Pools));

    private Socket OpenUdp(IPAddress address) => _place!.Invoke(() =>
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, 5000));
        return socket;
    });

    private static void AssertArrives(Socket socket, IPEndPoint sender)
    {
        Assert.True(Patience.Until(() => socket.Available != 0));
        byte[] datagram = new byte[100];
        EndPoint from = new IPEndPoint(sender.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        Assert.Equal(3, socket.ReceiveFrom(datagram, ref from));
        Assert.Equal([1, 2, 3], datagram[..3]);
        Assert.Equal(sender, from);
    }
}
