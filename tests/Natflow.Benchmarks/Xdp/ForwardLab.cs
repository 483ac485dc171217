using Natflow.Memory;
using Natflow.Ports.AfXdp.Lab;
using Natflow.Testing.Namespaces;

namespace Natflow.Benchmarks.Xdp;

/// <summary>Generator, two interfaces to forward between, and a sink: three namespaces joined by veth pairs. The generator has a core of its own.</summary>
internal sealed class ForwardLab : IDisposable
{
    internal const string LanName = "lan";
    internal const string WanName = "wan";
    internal const int ForwarderCpu = 0;
    internal const string LanPrefix = "10.0.0.0/16";
    internal const string Public = "203.0.113.1";

    private const int GeneratorCpu = 1;
    private const int FramesAtOnce = 1 << 18; // A call costs some milliseconds.
    private const int FlowsPerHost = 100;
    private const string NextHop = "203.0.113.254";
    private const string SinkMac = "02:00:00:00:00:04";
    private const uint SrcAddrFirst = 0x0A000002; // 10.0.0.2
    private const uint DstAddr = 0xC6120001; // 198.18.0.1 (RFC 2544)

    private readonly TestNamespace _lan = new("lan");
    private readonly TestNamespace _wan = new("wan");
    private readonly FrameSink _sink;

    internal ForwardLab()
    {
        Gateway = new TestNamespace("gw");
        Join(_lan, "lan0", Gateway, LanName);
        Join(_wan, "wan0", Gateway, WanName);
        _sink = _wan.Invoke(() => new FrameSink("wan0"));
    }

    /// <summary>Where the forwarder runs.</summary>
    internal TestNamespace Gateway { get; }

    /// <summary>Makes a router of the gateway's namespace: addresses, a default route, a next hop that is known for good.</summary>
    internal void AddAddresses()
    {
        Gateway.Run($"ip addr add 10.0.0.1/16 dev {LanName}");
        Gateway.Run($"ip addr add {Public}/24 dev {WanName}");
        Gateway.Run($"ip neigh add {NextHop} lladdr {SinkMac} nud permanent dev {WanName}");
        Gateway.Run($"ip route add default via {NextHop} dev {WanName}");
        // The gateway translates to ports that the kernel of its box does not use itself.
        Gateway.Run(["sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=61000 65535"]);
    }

    /// <summary>Sends as fast as possible and counts what arrives.</summary>
    /// <returns>Million frames a second at the sink.</returns>
    internal double Measure(TimeSpan warmUp, TimeSpan duration, int flowCount = 1000)
    {
        using var stop = new ManualResetEvent(initialState: false);
        var generator = new Thread(() => _lan.Invoke(() => Generate(stop, flowCount)));
        generator.Start();
        _ = stop.WaitOne(warmUp);
        long start = TimeProvider.System.GetTimestamp();
        ulong before = _sink.ReadCount();
        _ = stop.WaitOne(duration);
        ulong arrived = _sink.ReadCount() - before;
        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        stop.Set();
        generator.Join();
        return arrived / seconds / 1e6;
    }

    public void Dispose()
    {
        _sink.Dispose();
        _lan.Dispose();
        _wan.Dispose();
        Gateway.Dispose();
    }

    // One queue a direction on both ends, so that one socket sees everything.
    private static void Join(TestNamespace from, string name, TestNamespace to, string otherName)
    {
        const string Queues = "numrxqueues 1 numtxqueues 1";
        from.Run($"ip link add {name} {Queues} type veth peer name {otherName} {Queues} netns {to.Name}");
        from.Run($"ip link set {name} up");
        to.Run($"ip link set {otherName} up");
    }

    private static void Generate(ManualResetEvent stop, int flowCount)
    {
        _ = ThreadAffinity.TryPin(GeneratorCpu);
        var settings = new TrafficSettings(0x020000000001, 0x020000000002, SrcAddrFirst, DstAddr, DstPort: 9) { FlowCount = flowCount, HostCount = Math.Max(1, flowCount / FlowsPerHost) };
        using var generator = new FrameGenerator("lan0", settings);
        while (!stop.WaitOne(0))
            generator.Send(FramesAtOnce);
    }
}
