using System.Diagnostics;
using Natflow.Management.Control;
using Natflow.Memory;
using Natflow.Netlink;
using Natflow.Ports.AfXdp.Lab;

namespace Natflow.Host.Lab.Bench;

/// <summary>
/// New flows through the running gateway: a packet out, one back, then bound in the soft PPE. A bounded number is under way, in the kernel's turn too. Baseline:
/// connection tracking and NAT of the kernel. How long a flow waits to be bound is measured before that, at 50,000 new flows a second: in the flood all cores are
/// busy with the packets.
/// </summary>
internal static class NewFlowsBench
{
    private const int FlowCount = 200_000;
    private const int Window = 900;
    private const int RunsAtOnce = 1 << 16;
    private const int PacedFlowCount = 20_000;
    private const int PacedAtOnce = 250;
    private const int PaceMs = 5;
    private const uint PacedHosts = 1 << 12; // Behind those of the flood.
    private const uint WarmUpHosts = 1 << 13;
    private const int StallsMax = 20;
    private const int BoundPolls = 2000;
    private const int BoundPollMs = 5;
    private const double SweepMs = 1000; // An offer that found its ring full is made again by a sweep.
    private const ulong DelayedShare = 100;

    private const string Config = """
        natflow.offload { engine = xdp, flows = 1048576 }
        natflow.nat.public = [ 203.0.113.1, 203.0.113.2, 203.0.113.3, 203.0.113.4, 203.0.113.5, 203.0.113.6, 203.0.113.7, 203.0.113.8, 203.0.113.9, 203.0.113.10, 203.0.113.11, 203.0.113.12, 203.0.113.13, 203.0.113.14, 203.0.113.15, 203.0.113.16 ]

        """;

    /// <summary>Measures.</summary>
    internal static async Task<IReadOnlyList<ForwardFigure>> Run(Action<string> progress, CancellationToken cancellation)
    {
        progress("new flows live");
        var kernel = new List<double>();
        var natflow = new List<double>();
        var delays = new List<double>();
        using var limit = new ConntrackLimit(FlowCount);
        for (int round = 0; round < Rounds.Count; round++)
        {
            (double measured, double baseline, double delayMs) = await Measure(cancellation);
            natflow.Add(measured);
            kernel.Add(baseline);
            delays.Add(delayMs);
        }

        return
        [
            new ForwardFigure("new flows live", "flow/s", Rounds.Median(natflow), Rounds.Median(kernel)),
            new ForwardFigure("established to bound p99", "ms", Rounds.Median(delays)),
        ];
    }

    private static Task<(double Measured, double Baseline, double DelayMs)> Measure(CancellationToken cancellation) =>
        BenchLab.Run(LabMode.AfXdp, Config, async lab =>
        {
            using FrameReflector reflector = NetworkNamespace.Run(lab.Names.Wan, static () => new FrameReflector(ForwardNetwork.SinkInterface));
            ForwardNetwork.SetKernelNat(lab.Names, isOn: true);
            double baseline = Open(lab.Names, Flood);
            ForwardNetwork.SetKernelNat(lab.Names, isOn: false);
            using Process gateway = await lab.StartGateway(cancellation);
            _ = Open(lab.Names, WarmUp);
            OffloadModel warm = await Bound(lab.RunDirectory, cancellation);
            _ = Open(lab.Names, Paced);
            OffloadModel paced = await Bound(lab.RunDirectory, cancellation);
            double delayMs = (paced.Delayed - warm.Delayed) * DelayedShare > paced.Bound - warm.Bound ? SweepMs : paced.BindDelayP99Ms;
            double measured = Open(lab.Names, Flood);
            _ = await Bound(lab.RunDirectory, cancellation);
            return (measured, baseline, delayMs);
        }, cancellation);

    private static double Flood() => Open(FrameStream.Traffic(FlowCount) with { Window = Window, FrameLimit = FlowCount }, RunsAtOnce, pauseMs: 0);

    private static double WarmUp()
    {
        TrafficSettings traffic = FrameStream.Traffic(FlowCount) with { Window = Window, FrameLimit = FlowCount };
        return Open(traffic with { SrcAddrFirst = traffic.SrcAddrFirst + WarmUpHosts }, RunsAtOnce, pauseMs: 0);
    }

    private static double Paced()
    {
        TrafficSettings traffic = FrameStream.Traffic(PacedFlowCount) with { Window = PacedAtOnce, FrameLimit = PacedFlowCount };
        return Open(traffic with { SrcAddrFirst = traffic.SrcAddrFirst + PacedHosts }, PacedAtOnce, PaceMs);
    }

    // Flows a second whose packet came back.
    private static double Open(LabNames names, Func<double> open)
    {
        double rate = 0;
        Exception? failure = null;
        var generator = new Thread(() =>
        {
            try
            {
                NetworkNamespace.EnterOnThisThread(names.Lan);
                rate = open();
            }
            catch (Exception error) when (error is Bpf.BpfException or NativeException)
            {
                failure = error;
            }
        })
        {
            Name = "generator",
        };
        generator.Start();
        generator.Join();
        return failure is null ? rate : throw new LabException(failure.Message);
    }

    private static double Open(TrafficSettings traffic, int runsAtOnce, int pauseMs)
    {
        _ = ThreadAffinity.TryPin(FrameStream.Cpu);
        using var never = new ManualResetEvent(initialState: false);
        using var generator = new FrameGenerator(ForwardNetwork.GeneratorInterface, traffic);
        long start = TimeProvider.System.GetTimestamp();
        ulong lost = 0;
        ulong seen = 0;
        int stalls = 0;
        while (true)
        {
            generator.Send(runsAtOnce);
            if (pauseMs != 0)
                _ = never.WaitOne(pauseMs);
            (ulong sent, ulong returned) = generator.ReadProgress();
            if (sent == (ulong)traffic.FrameLimit && returned + lost >= sent)
                break;
            stalls = returned == seen ? stalls + 1 : 0;
            seen = returned;
            if (stalls < StallsMax)
                continue;
            lost = sent - returned;
            generator.GiveUp(lost);
            stalls = 0;
        }

        return generator.ReadProgress().Returned / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    // When all flows are bound.
    private static async Task<OffloadModel> Bound(string runDirectory, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(BoundPollMs), TimeProvider.System);
        OffloadModel model = await LabControl.Offload(runDirectory, cancellation);
        for (int poll = 0; poll < BoundPolls && IsWaiting(model); poll++)
        {
            await timer.WaitForNextTickAsync(cancellation);
            model = await LabControl.Offload(runDirectory, cancellation);
        }

        if (model.Bound == 0 || IsWaiting(model))
            throw new LabException($"not all flows were bound: {model.Bound} bound, {model.Refused} refused, {model.Delayed} delayed");
        return model;
    }

    private static bool IsWaiting(OffloadModel model) =>
        model.Reasons.GetValueOrDefault(Flows.Offers.OffloadReason.Offered) + model.Reasons.GetValueOrDefault(Flows.Offers.OffloadReason.RingFull) != 0;
}
