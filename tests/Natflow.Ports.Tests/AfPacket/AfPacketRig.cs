using Natflow.Ports.AfPacket;
using Natflow.Ports.Tests.Wire;
using Natflow.Testing.Namespaces;

namespace Natflow.Ports.Tests.AfPacket;

/// <summary>Two namespaces on a wire; the port under test on one end, <c>gw0</c>, of it.</summary>
internal sealed class AfPacketRig : IDisposable
{
    public AfPacketRig(int queueCount = 1, Func<AfPacketSettings, AfPacketSettings>? change = null, int chunkCount = 1024, string mtu = "1500")
    {
        Gateway = new TestNamespace("gw");
        Peer = new TestNamespace("peer");
        Gateway.AddVeth(Peer, "gw0", "peer0", $"address 02:00:00:00:00:01 mtu {mtu}");
        Peer.Run($"ip link set peer0 address 02:00:00:00:00:02 mtu {mtu}");
        Pump = new PortPump(queueCount, chunkCount);
        var settings = new AfPacketSettings { InterfaceName = "gw0" };
        Port = Gateway.Invoke(() => new AfPacketPort(change?.Invoke(settings) ?? settings, 3, Pump.Umem, Pump.Pools));
        Link = new RawLink(Peer, "peer0");
    }

    public TestNamespace Gateway { get; }

    public TestNamespace Peer { get; }

    public PortPump Pump { get; }

    public AfPacketPort Port { get; }

    public AfPacketQueue Queue => Port.Queue(0);

    public RawLink Link { get; }

    /// <summary>A number of frames that are of interest to the test.</summary>
    public List<byte[]> Receive(int count, Func<byte[], bool> isWanted) => Pump.Receive(Queue, count, isWanted);

    public void Dispose()
    {
        Link.Dispose();
        Port.Dispose();
        Pump.Dispose();
        Peer.Dispose();
        Gateway.Dispose();
    }
}
