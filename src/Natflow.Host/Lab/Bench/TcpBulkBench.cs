using System.Diagnostics;
using Natflow.Netlink;
using Natflow.Ports.AfXdp.Lab;

namespace Natflow.Host.Lab.Bench;

/// <summary>
/// One TCP transfer, with segmentation and checksums done by the hosts. The gateway's kernel has its best case: it joins segments (GRO) and forwards them together.
/// So does the soft PPE at tc's ingress; at XDP a veth copies every segment, and the segments travel alone from there. The gateway at tc is set for
/// such links, not by default (<c>threaded-napi</c>, <c>block-timeout</c>; why is said in hocon/reference.conf); the kernel's NAT is measured as it is, and with threads too. Limits beside them, without NAT: what
/// the hosts do over one link without a gateway, over the gateway's two links with a program at tc's ingress that only sends each frame on, and with one at XDP.
/// </summary>
internal static class TcpBulkBench
{
    private const string AtTc = """
        natflow.offload.engine = tc
        natflow.ports.threaded-napi = on
        natflow.ports.af-packet.block-timeout = 4ms

        """;

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
            figures.Add(new ForwardFigure($"tcp {Directions[i]} offload, kernel with threads", "Gbit/s", tc, Rounds.Median(turns.Select(turn => turn.KernelThreads[direction]))));
            figures.Add(new ForwardFigure($"tcp {Directions[i]} offload, sink limit", "Gbit/s, sink as baseline", tc, Rounds.Median(turns.Select(turn => turn.Relay[direction]))));
            figures.Add(new ForwardFigure($"tcp {Directions[i]} offload, sink limit with threads", "Gbit/s, sink as baseline", tc, Rounds.Median(turns.Select(turn => turn.RelayThreads[direction]))));
            figures.Add(new ForwardFigure($"tcp {Directions[i]} offload, one link", "Gbit/s, no gateway as baseline", tc, Rounds.Median(turns.Select(turn => turn.Direct[direction]))));
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
            double[] bridge = Bridge(lab.Names, isTc: false);
            double[] relay = Bridge(lab.Names, isTc: true);
            ForwardNetwork.SetKernelNat(lab.Names, isOn: true);
            double[] kernel = Both(lab.Names, LabPlan.Provider);
            ForwardNetwork.SetReceiveThreads(lab.Names, isOn: true);
            double[] kernelThreads = Both(lab.Names, LabPlan.Provider);
            ForwardNetwork.SetKernelNat(lab.Names, isOn: false);
            double[] relayThreads = Bridge(lab.Names, isTc: true);
            ForwardNetwork.SetReceiveThreads(lab.Names, isOn: false);
            using Process gateway = await lab.StartGateway(cancellation);
            return new Turn([], Warm(lab.Names), kernel, kernelThreads, direct, relay, relayThreads, bridge);
        }, cancellation);
        double[] tc = await BenchLab.Run(LabMode.AfPacket, AtTc, async lab =>
        {
            ForwardNetwork.AddDirectLink(lab.Names);
            ForwardNetwork.FinishSegments(lab.Names);
            using Process gateway = await lab.StartGateway(cancellation);
            return Warm(lab.Names);
        }, cancellation);
        return turn with { Tc = tc };
    }

    private static double[] Bridge(LabNames names, bool isTc)
    {
        ForwardNetwork.SetBridged(names, isOn: true);
        double[] rates;
        using (NetworkNamespace.Run(names.Gateway, () => new FrameBridge(LabPlan.LanInterface, LabPlan.WanInterface, isTc)))
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

    private sealed record Turn(double[] Tc, double[] Xdp, double[] Kernel, double[] KernelThreads, double[] Direct, double[] Relay, double[] RelayThreads, double[] Bridge);
}
