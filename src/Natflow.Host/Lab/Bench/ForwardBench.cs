using System.Diagnostics;
using Natflow.Bpf;
using Natflow.Memory;
using Natflow.Netlink;
using Natflow.Ports.AfXdp.Lab;

namespace Natflow.Host.Lab.Bench;

/// <summary>
/// Frames of 64 bytes (with their check sequence) from inside to outside, as fast as the gateway takes them: made inside the kernel on one core, forwarded on
/// the other by Natflow, or wherever the kernel likes by its own NAT; counted where they arrive.
/// </summary>
public static class ForwardBench
{
    private const string LabName = "bench";
    private const int GeneratorCpu = 1;
    private const int FramesAtOnce = 1 << 18; // A call costs half a millisecond.
    private const int FlowsPerHost = 1000;
    private const uint HostFirst = 0x0A000002; // 10.0.0.2
    private const uint Destination = 0xC6120001; // 198.18.0.1 (RFC 2544)
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    private static readonly (LabMode Mode, int FlowCount, string Case)[] Cases =
    [
        (LabMode.AfXdp, 1, "flows=1 user space"),
        (LabMode.AfXdp, 1000, "flows=1000 user space"),
        (LabMode.AfXdp, 50_000, "flows=50000 user space"),
        (LabMode.AfPacket, 1000, "flows=1000 user space af_packet"),
    ];

    /// <summary>Measures every case.</summary>
    /// <param name="progress">Told what comes next.</param>
    /// <param name="cancellation">Ends it; what was made is removed.</param>
    /// <exception cref="LabException">Not root, or a program is missing.</exception>
    public static async Task<IReadOnlyList<ForwardFigure>> Run(Action<string> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(progress);
        foreach (string program in new[] { "nft", "ethtool" })
        {
            if (LabTool.Find(program) is null)
                throw new LabException($"'{program}' is not installed; on Debian: apt install nftables ethtool");
        }

        var figures = new List<ForwardFigure>();
        foreach ((LabMode mode, int flowCount, string name) in Cases)
        {
            cancellation.ThrowIfCancellationRequested();
            progress(name);
            figures.Add(await Measure(mode, flowCount, name, cancellation));
        }

        return figures;
    }

    private static async Task<ForwardFigure> Measure(LabMode mode, int flowCount, string name, CancellationToken cancellation)
    {
        var options = new LabOptions(LabName) { Mode = mode, HasServers = false, HasGateway = false, ExtraConfig = Config };
        var lab = new LabRun(options, TimeProvider.System, ForwardNetwork.Build);
        await lab.Up(cancellation);
        try
        {
            using FrameSink sink = NetworkNamespace.Run(lab.Names.Wan, static () => new FrameSink(ForwardNetwork.SinkInterface));
            ForwardNetwork.SetKernelNat(lab.Names, isOn: true);
            double baseline = Send(lab.Names, sink, flowCount);
            ForwardNetwork.SetKernelNat(lab.Names, isOn: false);
            using Process gateway = await lab.StartGateway(cancellation);
            double measured = Send(lab.Names, sink, flowCount);
            return new ForwardFigure(name, measured, baseline);
        }
        catch (Exception error) when (error is BpfException or NativeException)
        {
            throw new LabException(error.Message);
        }
        finally
        {
            lab.Down();
        }
    }

    private static string Config => $$"""
        natflow.nat.lan-prefixes = [ 10.0.0.0/16 ]
        natflow.capacity.flows = 262144
        natflow.gateway.log.level = info
        {{(Environment.ProcessorCount > GeneratorCpu ? "natflow.workers.cpus = [ 0 ]" : string.Empty)}}
        """;

    private static double Send(LabNames names, FrameSink sink, int flowCount)
    {
        using var stop = new ManualResetEvent(initialState: false);
        Exception? failure = null;
        var generator = new Thread(() =>
        {
            try
            {
                NetworkNamespace.EnterOnThisThread(names.Lan);
                Generate(flowCount, stop);
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
        _ = stop.WaitOne(WarmUp);
        long start = TimeProvider.System.GetTimestamp();
        ulong before = sink.ReadCount();
        _ = stop.WaitOne(Duration);
        ulong arrived = sink.ReadCount() - before;
        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        stop.Set();
        generator.Join();
        return failure is null ? arrived / seconds / 1e6 : throw new LabException(failure.Message);
    }

    private static void Generate(int flowCount, ManualResetEvent stop)
    {
        _ = ThreadAffinity.TryPin(GeneratorCpu);
        var settings = new TrafficSettings(ForwardNetwork.GatewayMac, ForwardNetwork.GeneratorMac, HostFirst, Destination, DstPort: 9)
        {
            FlowCount = flowCount,
            HostCount = Math.Max(1, flowCount / FlowsPerHost),
        };
        using var generator = new FrameGenerator(ForwardNetwork.GeneratorInterface, settings);
        while (!stop.WaitOne(0))
            generator.Send(FramesAtOnce);
    }
}
