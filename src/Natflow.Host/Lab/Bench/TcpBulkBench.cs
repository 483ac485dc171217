using System.Diagnostics;
using Natflow.Netlink;
using Natflow.Ports.AfXdp.Lab;

namespace Natflow.Host.Lab.Bench;

/// <summary>
/// One TCP transfer, with segmentation and checksums done by the hosts. The gateway's kernel has its best case: it joins segments (GRO) and forwards them together.
/// So does the soft PPE at tc's ingress; at XDP a veth copies every segment, and the segments travel alone from there. Two limits beside them, without NAT: a
/// link without a gateway, and an XDP program in the gateway's place that only sends each frame on.
/// </summary>
internal static class TcpBulkBench
{
    private static readonly string[] Directions = ["up", "down"];

    /// <summary>Measures both directions.</summary>
    internal static async Task<IReadOnlyList<ForwardFigure>> Run(Action<string> progress, CancellationToken cancellation)
    {
        progress("tcp bulk");
        var turns = new List<Turn>();
        for (int round = 0; round < Rounds.Count; round++)
            turns.Add(await Measure(cancellation));
        var figures = new List<ForwardFigure>();
        for (int i = 0; i < Directions.Length; i++)
        {
            int direction = i;
            double tc = Rounds.Median(turns.Select(turn => turn.Tc[direction]));
            double xdp = Rounds.Median(turns.Select(turn => turn.Xdp[direction]));
            double kernel = Rounds.Median(turns.Select(turn => turn.Kernel[direction]));
            figures.Add(new ForwardFigure($"tcp {Directions[i]} offload", "Gbit/s", tc, kernel));
            figures.Add(new ForwardFigure($"tcp {Directions[i]} offload, sink limit", "Gbit/s, sink as baseline", tc, Rounds.Median(turns.Select(turn => turn.Direct[direction]))));
            figures.Add(new ForwardFigure($"tcp {Directions[i]} offload at xdp", "Gbit/s", xdp, kernel));
            figures.Add(new ForwardFigure($"tcp {Directions[i]} offload at xdp, XDP limit", "Gbit/s, XDP redirect as baseline", xdp, Rounds.Median(turns.Select(turn => turn.Bridge[direction]))));
        }

        return figures;
    }

    private static async Task<Turn> Measure(CancellationToken cancellation)
    {
        Turn turn = await BenchLab.Run(LabMode.AfXdp, "natflow.offload.engine = xdp\n", async lab =>
        {
            ForwardNetwork.AddDirectLink(lab.Names);
            ForwardNetwork.FinishSegments(lab.Names);
            double[] direct = Both(lab.Names, ForwardNetwork.DirectAddress);
            double[] bridge = Bridge(lab.Names);
            ForwardNetwork.SetKernelNat(lab.Names, isOn: true);
            double[] kernel = Both(lab.Names, LabPlan.Provider);
            ForwardNetwork.SetKernelNat(lab.Names, isOn: false);
            using Process gateway = await lab.StartGateway(cancellation);
            return new Turn([], Warm(lab.Names), kernel, direct, bridge);
        }, cancellation);
        double[] tc = await BenchLab.Run(LabMode.AfPacket, "natflow.offload.engine = tc\n", async lab =>
        {
            ForwardNetwork.AddDirectLink(lab.Names);
            ForwardNetwork.FinishSegments(lab.Names);
            using Process gateway = await lab.StartGateway(cancellation);
            return Warm(lab.Names);
        }, cancellation);
        return turn with { Tc = tc };
    }

    private static double[] Bridge(LabNames names)
    {
        ForwardNetwork.SetBridged(names, isOn: true);
        double[] rates;
        using (NetworkNamespace.Run(names.Gateway, static () => new FrameBridge(LabPlan.LanInterface, LabPlan.WanInterface)))
            rates = Both(names, LabPlan.Provider);
        ForwardNetwork.SetBridged(names, isOn: false);
        return rates;
    }

    // A gateway that has just started compiles its code while the first transfer runs, on the hosts' processors.
    private static double[] Warm(LabNames names)
    {
        _ = Both(names, LabPlan.Provider);
        return Both(names, LabPlan.Provider);
    }

    private static double[] Both(LabNames names, string server)
    {
        using var transfer = new TcpTransfer(names.Lan, names.Wan, server);
        return [transfer.Measure(isUp: true), transfer.Measure(isUp: false)];
    }

    private sealed record Turn(double[] Tc, double[] Xdp, double[] Kernel, double[] Direct, double[] Bridge);
}
