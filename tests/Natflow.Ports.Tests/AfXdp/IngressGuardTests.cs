using System.Net;
using System.Net.Sockets;
using Natflow.Packets.Build;
using Natflow.Ports.AfXdp;
using Natflow.Testing.Namespaces;

namespace Natflow.Ports.Tests.AfXdp;

/// <summary>The guard on a real interface: the tap sees everything, the kernel only its own.</summary>
public sealed class IngressGuardTests
{
    private const uint Peer = 0x0A000002; // 10.0.0.2
    private const uint Gateway = 0x0A000001;
    private const ushort GatewayPort = 40000;
    private const ushort KernelPort = 2000;

    [NamespaceFact]
    public void Attached_GatewaysPort_ReachesTheTapAndNotTheKernel()
    {
        using var rig = new XdpRig();
        rig.Gateway.Run("ip addr add 10.0.0.1/24 dev lan");
        rig.Gateway.Run("ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev lan");
        RawLink tap = rig.Link(rig.Gateway, "lan");
        RawLink link = rig.Link(rig.Lan, "lan0");
        IngressGuard guard = rig.Keep(IngressGuard.Load());
        guard.Filter.SetAddress(IPAddress.Parse("10.0.0.1"), isNatPublic: true);
        guard.Filter.SetPorts(ProtocolType.Udp, 32768, ushort.MaxValue, isGateways: true);
        rig.Gateway.Invoke(() => guard.Attach("lan"));

        byte[] gateways = Udp(GatewayPort);
        byte[] kernels = Udp(KernelPort);
        link.Send(gateways);
        link.Send(kernels);

        // The kernel has no such UDP ports: it answers what reaches it, in order, with an ICMP error that quotes it.
        byte[] answer = Assert.Single(link.Receive(1, static frame => IsIcmpUnreachable(frame)));
        Assert.Equal(KernelPort, (answer[64] << 8) | answer[65]);
        Assert.Equal(2, tap.Receive(2, frame => frame.AsSpan().SequenceEqual(gateways) || frame.AsSpan().SequenceEqual(kernels)).Count);
        Assert.Equal(1ul, guard.Filter.Read(HostCounter.Gateway));
        Assert.Equal(1ul, guard.Filter.Read(HostCounter.Local));

        guard.Dispose();
        link.Send(gateways);
        answer = Assert.Single(link.Receive(1, static frame => IsIcmpUnreachable(frame)));
        Assert.Equal(GatewayPort, (answer[64] << 8) | answer[65]);
    }

    private static bool IsIcmpUnreachable(byte[] frame) => frame.Length >= 70 && frame[12] == 8 && frame[13] == 0 && frame[23] == 1 && frame[34] == 3;

    private static byte[] Udp(ushort port) =>
        PacketBuilder.Ethernet(0x020000000001, 0x020000000002).Ipv4(Peer, Gateway).Udp(5000, port).Payload(new byte[20]).ToArray();
}
