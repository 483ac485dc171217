using Natflow.Core;
using Natflow.Ports.AfPacket;
using Natflow.Ports.Tests.Wire;
using Natflow.Testing.Namespaces;
using Natflow.Testing.Packets;

namespace Natflow.Ports.Tests.AfPacket;

/// <summary>Two namespaces whose only connection is a thread that moves frames from port to port and checks each.</summary>
internal sealed class TwoPortBridge : IDisposable
{
    private readonly TestNamespace _gateway = new("gw");
    private readonly PortPump _pump = new(chunkCount: 4096);
    private readonly AfPacketPort _lanPort;
    private readonly AfPacketPort _wanPort;
    private readonly Thread _worker;
    private volatile bool _isStopping;

    public TwoPortBridge()
    {
        _gateway.AddVeth(Lan, "gwlan", "lan0");
        _gateway.AddVeth(Wan, "gwwan", "wan0");
        _lanPort = Open("gwlan");
        _wanPort = Open("gwwan");
        _worker = new Thread(Work);
    }

    public TestNamespace Lan { get; } = new("lan");

    public TestNamespace Wan { get; } = new("wan");

    public string? Fault { get; private set; }

    public int LongestFrameBytes { get; private set; }

    public long FrameCount { get; private set; }

    /// <summary>Frames as the kernel counts them: a super-frame is one.</summary>
    public long SeenByKernelCount =>
        (long)(_lanPort.Queue(0).ReadStatistics().SeenCount + _wanPort.Queue(0).ReadStatistics().SeenCount);

    public void Start() => _worker.Start();

    public void Stop()
    {
        _isStopping = true;
        if (_worker.IsAlive)
            _worker.Join();
    }

    public void Dispose()
    {
        Stop();
        _lanPort.Dispose();
        _wanPort.Dispose();
        _pump.Dispose();
        Lan.Dispose();
        Wan.Dispose();
        _gateway.Dispose();
    }

    private AfPacketPort Open(string name) => _gateway.Invoke(() => new AfPacketPort(
        new AfPacketSettings { InterfaceName = name, IsPromiscuous = true }, 0, _pump.Umem, _pump.Pools));

    private void Work()
    {
        var frames = new FrameDescriptor[FrameDescriptor.BurstMax];
        while (!_isStopping)
        {
            Move(_lanPort.Queue(0), _wanPort.Queue(0), frames);
            Move(_wanPort.Queue(0), _lanPort.Queue(0), frames);
        }
    }

    private void Move(AfPacketQueue from, AfPacketQueue to, FrameDescriptor[] frames)
    {
        int count = from.Receive(frames);
        FrameCount += count;
        foreach (ref readonly FrameDescriptor frame in frames.AsSpan(0, count))
        {
            LongestFrameBytes = Math.Max(LongestFrameBytes, frame.LengthBytes);
            Fault ??= FrameChecker.FindFault(_pump.Umem.Frame(frame.FrameOffset, frame.LengthBytes));
        }

        for (int sent = 0; sent < count && !_isStopping;)
            sent += to.Transmit(frames.AsSpan(sent, count - sent));
    }
}
