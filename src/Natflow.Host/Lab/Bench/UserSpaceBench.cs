using System.Diagnostics;
using Natflow.Netlink;
using Natflow.Ports.AfXdp.Lab;

namespace Natflow.Host.Lab.Bench;

/// <summary>Flows that stay in user space: the gateway has a core of its own.</summary>
internal static class UserSpaceBench
{
    private const int FramesAtOnce = 1 << 13;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    private static readonly (LabMode Mode, int FlowCount, string Case)[] Cases =
    [
        (LabMode.AfXdp, 1, "flows=1 user space"),
        (LabMode.AfXdp, 1000, "flows=1000 user space"),
        (LabMode.AfXdp, 50_000, "flows=50000 user space"),
        (LabMode.AfPacket, 1000, "flows=1000 user space af_packet"),
    ];

    /// <summary>A measurement for each case.</summary>
    internal static IEnumerable<(string Name, Func<Action<string>, CancellationToken, Task<IReadOnlyList<ForwardFigure>>> Measure)> Measurements =>
        Cases.Select(static test => (test.Case, (Func<Action<string>, CancellationToken, Task<IReadOnlyList<ForwardFigure>>>)((progress, cancellation) =>
            Measure(test.Mode, test.FlowCount, test.Case, progress, cancellation))));

    private static async Task<IReadOnlyList<ForwardFigure>> Measure(
        LabMode mode, int flowCount, string name, Action<string> progress, CancellationToken cancellation)
    {
        progress(name);
        var kernel = new List<double>();
        var natflow = new List<double>();
        for (int round = 0; round < Rounds.Count; round++)
        {
            (double measured, double baseline) = await Measure(mode, flowCount, cancellation);
            natflow.Add(measured);
            kernel.Add(baseline);
        }

        return [new ForwardFigure(name, "Mpps", Rounds.Median(natflow), Rounds.Median(kernel))];
    }

    private static Task<(double Measured, double Baseline)> Measure(LabMode mode, int flowCount, CancellationToken cancellation) =>
        BenchLab.Run(mode, string.Empty, async lab =>
        {
            using FrameSink sink = NetworkNamespace.Run(lab.Names.Wan, static () => new FrameSink(ForwardNetwork.SinkInterface));
            ForwardNetwork.SetKernelNat(lab.Names, isOn: true);
            double baseline = Send(lab.Names, sink, flowCount);
            ForwardNetwork.SetKernelNat(lab.Names, isOn: false);
            using Process gateway = await lab.StartGateway(cancellation);
            return (Send(lab.Names, sink, flowCount), baseline);
        }, cancellation);

    private static double Send(LabNames names, FrameSink sink, int flowCount) =>
        FrameStream.Measure(names, sink, FrameStream.Traffic(flowCount) with { DstPortCount = 1 }, WarmUp, Duration, FramesAtOnce);
}
