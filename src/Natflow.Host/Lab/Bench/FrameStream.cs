using Natflow.Bpf;
using Natflow.Memory;
using Natflow.Netlink;
using Natflow.Ports.AfXdp.Lab;

namespace Natflow.Host.Lab.Bench;

/// <summary>Frames made inside the kernel as fast as they go. What is forwarded by the kernel or by XDP is so on the generator's core, and ends there.</summary>
internal static class FrameStream
{
    /// <summary>The generator's core.</summary>
    internal const int Cpu = 1;

    /// <summary>Flows of a host.</summary>
    internal const int FlowsPerHost = 1000;

    /// <summary>First host behind the generator: 10.1.0.2.</summary>
    internal const uint HostFirst = 0x0A01_0002;

    private const uint Destination = 0xC612_0001; // 198.18.0.1 (RFC 2544)
    private const ushort DstPortFirst = 9;
    private const int FlowsPerDstPort = 30_000; // Source ports of one public address run out at some 64,000.
    private const int FramesAtOnce = 1 << 18; // A call costs some milliseconds.

    /// <summary>Flows of 64-byte UDP, with their check sequence.</summary>
    internal static TrafficSettings Traffic(int flowCount, int hostsMin = 1) =>
        new(ForwardNetwork.GatewayMac, ForwardNetwork.GeneratorMac, HostFirst, Destination, DstPortFirst)
        {
            FlowCount = flowCount,
            HostCount = Math.Min(flowCount, Math.Max(hostsMin, flowCount / FlowsPerHost)),
            DstPortCount = (flowCount / FlowsPerDstPort) + 1,
        };

    /// <summary>Sends, and counts what arrives.</summary>
    /// <param name="names">Where.</param>
    /// <param name="sink">What counts.</param>
    /// <param name="traffic">What is sent.</param>
    /// <param name="warmUp">Not counted.</param>
    /// <param name="duration">Counted.</param>
    /// <param name="framesAtOnce">Frames of one call.</param>
    /// <returns>Million frames a second.</returns>
    /// <exception cref="LabException">The generator cannot send.</exception>
    internal static double Measure(
        LabNames names, FrameSink sink, TrafficSettings traffic, TimeSpan warmUp, TimeSpan duration, int framesAtOnce = FramesAtOnce)
    {
        using var stop = new ManualResetEvent(initialState: false);
        Exception? failure = null;
        var generator = new Thread(() =>
        {
            try
            {
                NetworkNamespace.EnterOnThisThread(names.Lan);
                Generate(traffic, framesAtOnce, stop);
            }
            catch (Exception error) when (error is BpfException or NativeException)
            {
                failure = error;
            }
        })
        {
            Name = "generator",
        };
        generator.Start();
        _ = stop.WaitOne(warmUp);
        long start = TimeProvider.System.GetTimestamp();
        ulong before = sink.ReadCount();
        _ = stop.WaitOne(duration);
        ulong arrived = sink.ReadCount() - before;
        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        stop.Set();
        generator.Join();
        return failure is null ? arrived / seconds / 1e6 : throw new LabException(failure.Message);
    }

    private static void Generate(TrafficSettings traffic, int framesAtOnce, ManualResetEvent stop)
    {
        _ = ThreadAffinity.TryPin(Cpu);
        using var generator = new FrameGenerator(ForwardNetwork.GeneratorInterface, traffic);
        while (!stop.WaitOne(0))
            generator.Send(framesAtOnce);
    }
}
