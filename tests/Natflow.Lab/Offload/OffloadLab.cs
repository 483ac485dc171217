using System.Net;
using System.Net.Sockets;
using Natflow.Flows.Offers;
using Natflow.Lab.Topology;
using Natflow.Management.Control;

namespace Natflow.Lab.Offload;

/// <summary>What the tests of offload have in common.</summary>
internal static class OffloadLab
{
    internal const string Engine = "natflow.offload.engine = xdp\n";
    internal const int Port = 7003;

    /// <summary>Payload of a datagram of these tests.</summary>
    internal const int PacketBytes = 100;
    private const int InFlightMax = 32;

    /// <summary>Hosts on veth leave checksums to hardware that is not there, and such packets are no PPE's; a veth takes what XDP redirects to its peer when it has NAPI.</summary>
    internal static void Prepare(TestLab lab)
    {
        foreach (LabHostShell host in new[] { lab.A, lab.B, lab.X })
            host.Run("ethtool -K eth0 tx off");
        lab.Lan.Run("ethtool -K gw gro on");
        lab.Wan.Run("ethtool -K gw gro on");
    }

    /// <summary>The flows with a port, of either family.</summary>
    internal static IReadOnlyList<FlowModel> Flows(TestLab lab, int port = Port) =>
        lab.Ask($"/v1/flows?port={port}", ControlJson.Default.FlowsModel).GetAwaiter().GetResult().Flows;

    /// <summary>The only flow with a port.</summary>
    internal static FlowModel Flow(TestLab lab, int port = Port) => Assert.Single(Flows(lab, port));

    internal static OffloadModel Stats(TestLab lab) => lab.Ask("/v1/offload", ControlJson.Default.OffloadModel).GetAwaiter().GetResult();

    internal static bool AreOffloaded(TestLab lab, int port = Port) =>
        Flows(lab, port) is { Count: > 0 } flows && flows.All(static flow => flow.Offload == OffloadReason.Offloaded);

    /// <summary>A UDP socket of a host.</summary>
    internal static Socket Bind(LabHostShell host, string address, int port = Port) => host.Invoke(() =>
    {
        var end = IPAddress.Parse(address);
        var socket = new Socket(end.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000, ReceiveBufferSize = 1 << 20 };
        socket.Bind(new IPEndPoint(end, port));
        return socket;
    });

    /// <summary>Exchanges datagrams until the PPE has every flow with the port.</summary>
    /// <returns>Datagrams that each end has sent.</returns>
    internal static async Task<int> Offload(TestLab lab, Socket inside, IPEndPoint to, Socket outside, int port = Port)
    {
        int sent = 0;
        await Until.Holds("the flow is offloaded", () =>
        {
            Exchange(inside, to, outside, 1);
            sent++;
            return AreOffloaded(lab, port);
        });
        return sent;
    }

    /// <summary>Datagrams to an end, each answered.</summary>
    internal static void Exchange(Socket inside, IPEndPoint to, Socket outside, int count)
    {
        byte[] packet = new byte[PacketBytes];
        byte[] received = new byte[PacketBytes];
        EndPoint seen = new IPEndPoint(to.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        for (int done = 0; done < count; done += InFlightMax)
        {
            int burst = Math.Min(InFlightMax, count - done);
            for (int k = 0; k < burst; k++)
                inside.SendTo(packet, to);
            for (int k = 0; k < burst; k++)
                Assert.Equal(PacketBytes, outside.ReceiveFrom(received, ref seen));
            for (int k = 0; k < burst; k++)
                outside.SendTo(packet, seen);
            for (int k = 0; k < burst; k++)
                Assert.Equal(PacketBytes, inside.ReceiveFrom(received, ref seen));
        }
    }

    /// <summary>L3 bytes of a datagram of <see cref="Exchange"/>.</summary>
    internal static ulong PacketBytesOf(AddressFamily family) => PacketBytes + (family == AddressFamily.InterNetwork ? 28UL : 48UL);
}
