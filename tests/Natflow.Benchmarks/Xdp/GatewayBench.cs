using System.Globalization;
using Natflow.Cli.Bench;
using Natflow.Cli.Output;
using Natflow.Host.Lab.Bench;

namespace Natflow.Benchmarks.Xdp;

/// <summary>
/// The gateway with NAT44 over <c>af_xdp</c> against the plain C forwarder, which only moves frames: turn by turn in one run, 64-byte UDP frames (with
/// their check sequence) over veth, generator on the other core.
/// </summary>
internal static class GatewayBench
{
    private const int BudgetMax = 256;
    private const int DefaultRing = 1024;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(12); // On a slow machine the compiler has done with what is hot by then, and is off the generator's core.
    private static readonly TimeSpan PlainWarmUp = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    /// <summary>Measures and writes one JSON object.</summary>
    /// <param name="rounds">Turns of each; the figures are medians.</param>
    /// <param name="flowCounts">Flows of each case.</param>
    /// <param name="ringSizes">Ring sizes of both forwarders, a case each; empty is the default size alone.</param>
    /// <param name="output">Where to.</param>
    /// <param name="progress">Each turn as it ends.</param>
    /// <returns>0.</returns>
    internal static int Run(int rounds, int[] flowCounts, int[] ringSizes, TextWriter output, TextWriter progress)
    {
        using var expedited = new ExpeditedGracePeriods();
        using var lab = new ForwardLab();
        lab.AddAddresses();
        var rows = new List<BenchRow>();
        foreach (int ringSize in ringSizes.Length == 0 ? [DefaultRing] : ringSizes)
        {
            foreach (int flowCount in flowCounts)
                rows.Add(Measure(lab, rounds, flowCount, ringSize, progress));
        }

        output.WriteLine(BenchJson.Format("xdp", rows));
        return 0;
    }

    private static BenchRow Measure(ForwardLab lab, int rounds, int flowCount, int ringSize, TextWriter progress)
    {
        double[] plain = new double[rounds];
        double[] gateway = new double[rounds];
        string name = string.Create(CultureInfo.InvariantCulture, $"flows={flowCount} nat af_xdp ring={ringSize}");
        for (int round = 0; round < rounds; round++)
        {
            plain[round] = MeasurePlain(lab, flowCount, ringSize);
            gateway[round] = MeasureGateway(lab, flowCount, ringSize);
            progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} round {round}: C {plain[round]:F3} Mpps, gateway {gateway[round]:F3} Mpps"));
        }

        return new BenchRow(name, "Mpps", Median(gateway), Median(plain));
    }

    private static double MeasurePlain(ForwardLab lab, int flowCount, int ringSize)
    {
        using var forwarder = new PlainForwarder(lab.Gateway, ringSize, Math.Min(ringSize, BudgetMax));
        return lab.Measure(PlainWarmUp, Duration, flowCount);
    }

    private static double MeasureGateway(ForwardLab lab, int flowCount, int ringSize)
    {
        using var forwarder = new GatewayForwarder(lab.Gateway, ringSize);
        double rate = lab.Measure(WarmUp, Duration, flowCount);
        return rate > 0 ? rate : throw new InvalidOperationException($"the gateway forwarded nothing: {forwarder.Log}");
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
