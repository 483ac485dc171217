using Natflow.Bpf;
using Natflow.Memory;
using Natflow.Netlink;
using Natflow.Ports.AfXdp.Lab;

namespace Natflow.Host.Lab.Bench;

/// <summary>
/// Established flows of 64-byte UDP through the soft PPE, with the kernel's NAT on the same interfaces and cores as baseline. Generator, forwarder and sink share
/// one core: what is measured is the work that a packet makes in all.
/// </summary>
internal static class OffloadBench
{
    private const string LabName = "offload";
    private const int FlowsAMillisecond = 250; // That the kernel meets for the first time, at least.
    private const int OffloadWarmUpMs = 500;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    private static readonly (int FlowCount, bool IsMetered, string Case)[] Cases =
    [
        (1, false, "flows=1 offload"),
        (1000, false, "flows=1000 offload"),
        (1000, true, "flows=1000 offload metered"),
        (100_000, false, "flows=100000 offload"),
        (1_000_000, false, "flows=1000000 offload"),
    ];

    /// <summary>A measurement for each case.</summary>
    internal static IEnumerable<(string Name, Func<Action<string>, CancellationToken, Task<IReadOnlyList<ForwardFigure>>> Measure)> Measurements =>
        Cases.Select(static test => (test.Case, (Func<Action<string>, CancellationToken, Task<IReadOnlyList<ForwardFigure>>>)((progress, cancellation) =>
            Task.FromResult<IReadOnlyList<ForwardFigure>>(Measure(test.FlowCount, test.IsMetered, test.Case, progress, cancellation)))));

    private static List<ForwardFigure> Measure(int flowCount, bool isMetered, string name, Action<string> progress, CancellationToken cancellation)
    {
        progress(name);
        var names = LabNames.For(LabName);
        using var limit = new ConntrackLimit(flowCount);
        try
        {
            ForwardNetwork.Build(names);
            using FrameSink sink = NetworkNamespace.Run(names.Wan, static () => new FrameSink(ForwardNetwork.SinkInterface));
            var kernel = new List<double>();
            var offloaded = new List<double>();
            ulong counted = 0;
            ulong arrived = 0;
            for (int round = 0; round < Rounds.Count; round++)
            {
                cancellation.ThrowIfCancellationRequested();
                ForwardNetwork.SetKernelNat(names, isOn: true);
                kernel.Add(Send(names, sink, flowCount, OffloadWarmUpMs + (flowCount / FlowsAMillisecond)));
                ForwardNetwork.SetKernelNat(names, isOn: false);
                using var forwarder = new OffloadForwarder(names, flowCount, isMetered);
                ulong before = sink.ReadCount();
                offloaded.Add(Send(names, sink, flowCount, OffloadWarmUpMs));
                counted += forwarder.CountPackets();
                arrived += sink.ReadCount() - before;
            }

            var figures = new List<ForwardFigure> { new(name, "Mpps", Rounds.Median(offloaded), Rounds.Median(kernel)) };
            if (isMetered)
                figures.Add(new ForwardFigure($"{name} counted", "packets, sink as baseline", counted, arrived));
            return figures;
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

    private static double Send(LabNames names, FrameSink sink, int flowCount, int warmUpMs) =>
        FrameStream.Measure(names, sink, OffloadForwarder.Traffic(flowCount), TimeSpan.FromMilliseconds(warmUpMs), Duration);
}
