using Natflow.Bpf;
using Natflow.Memory;
using Natflow.Netlink;
using Natflow.Ports.AfXdp.Lab;

namespace Natflow.Host.Lab.Bench;

/// <summary>
/// Established flows of 64-byte UDP through the soft PPE, with the kernel's NAT on the same interfaces and cores as baseline. Generator, forwarder and sink share
/// one core: what is measured is the work that a packet makes in all.
/// </summary>
public static class OffloadBench
{
    private const string LabName = "offload";
    private const int Rounds = 3;
    private const int GeneratorCpu = 1;
    private const int FramesAtOnce = 1 << 18; // A call costs half a millisecond.
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    private static readonly (int FlowCount, bool IsMetered, string Case)[] Cases =
    [
        (1, false, "flows=1 offload"),
        (1000, false, "flows=1000 offload"),
        (1000, true, "flows=1000 offload metered"),
        (100_000, false, "flows=100000 offload"),
        (1_000_000, false, "flows=1000000 offload"),
    ];

    /// <summary>Measures every case: medians of three rounds, in Mpps at the sink.</summary>
    /// <param name="progress">Told what comes next.</param>
    /// <param name="cancellation">Ends it; what was made is removed.</param>
    /// <exception cref="LabException">Not root, a program is missing, or the machine cannot do it.</exception>
    public static IReadOnlyList<ForwardFigure> Run(Action<string> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var figures = new List<ForwardFigure>();
        foreach ((int flowCount, bool isMetered, string name) in Cases)
        {
            progress(name);
            figures.Add(Measure(flowCount, isMetered, name, cancellation));
        }

        return figures;
    }

    private static ForwardFigure Measure(int flowCount, bool isMetered, string name, CancellationToken cancellation)
    {
        var names = LabNames.For(LabName);
        using var limit = new ConntrackLimit(flowCount);
        try
        {
            ForwardNetwork.Build(names);
            using FrameSink sink = NetworkNamespace.Run(names.Wan, static () => new FrameSink(ForwardNetwork.SinkInterface));
            double[] kernel = new double[Rounds];
            double[] offloaded = new double[Rounds];
            for (int round = 0; round < Rounds; round++)
            {
                cancellation.ThrowIfCancellationRequested();
                ForwardNetwork.SetKernelNat(names, isOn: true);
                kernel[round] = Send(names, sink, flowCount, WarmUp(flowCount));
                ForwardNetwork.SetKernelNat(names, isOn: false);
                using var forwarder = new OffloadForwarder(names, flowCount, isMetered);
                offloaded[round] = Send(names, sink, flowCount, TimeSpan.FromMilliseconds(500));
                forwarder.CheckCounters();
            }

            Array.Sort(kernel);
            Array.Sort(offloaded);
            return new ForwardFigure(name, offloaded[Rounds / 2], kernel[Rounds / 2]);
        }
        catch (Exception error) when (error is BpfException or NativeException)
        {
            throw new LabException(error.Message);
        }
        finally
        {
            ForwardNetwork.Remove(names);
        }
    }

    // The kernel meets each flow for the first time, at some hundred thousand a second.
    private static TimeSpan WarmUp(int flowCount) => TimeSpan.FromMilliseconds(500 + (flowCount / 250));

    private static double Send(LabNames names, FrameSink sink, int flowCount, TimeSpan warmUp)
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
        _ = stop.WaitOne(warmUp);
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
        using var generator = new FrameGenerator(ForwardNetwork.GeneratorInterface, OffloadForwarder.Traffic(flowCount));
        while (!stop.WaitOne(0))
            generator.Send(FramesAtOnce);
    }
}
