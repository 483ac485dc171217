using System.Diagnostics;
using Natflow.Flows.Users;
using Natflow.Host.Lab.Bench;
using Natflow.Offload.Model;
using Natflow.Offload.Xdp;

namespace Natflow.Benchmarks.Xdp;

/// <summary>The soft PPE against the kernel's NAT, and how fast entries are bound.</summary>
internal static class PpeBench
{
    private const int Entries = 1 << 20;
    private const int BatchSize = 1024;

    /// <summary>Measures and writes a table.</summary>
    /// <returns>0.</returns>
    internal static int Run(TextWriter output)
    {
        output.WriteLine($"bind: {BindRate() / 1e6:F2} M entries/s, one core");
        foreach (ForwardFigure figure in OffloadBench.Run(static _ => { }, CancellationToken.None))
            output.WriteLine($"{figure.Case}: {figure.Measured:F2} Mpps, kernel NAT {figure.Baseline:F2}, ratio {figure.Measured / figure.Baseline:F2}");
        return 0;
    }

    private static double BindRate()
    {
        using XdpPpe ppe = XdpPpe.Open(new XdpPpeSettings { EntriesIpv4Max = Entries, EntriesIpv6Max = 1000, PoliciesMax = 1 }, TimeProvider.System);
        ppe.Policies[0] = new PolicyRecord { Generation = 1 };
        var entries = new FoeEntry[BatchSize];
        var handles = new FoeHandle[BatchSize];
        var results = new PpeResult[BatchSize];
        double best = 0;
        for (int round = 0; round < 2; round++)
        {
            long ticks = 0;
            int bound = 0;
            for (int start = 0; start < Entries / 2; start += BatchSize)
            {
                for (int i = 0; i < BatchSize; i++)
                {
                    entries[i] = new FoeEntry
                    {
                        SrcAddr = new Core.Ipv6Address(0, ((ulong)(start + i + (round << 20)) << 32) | 0xFFFF0000),
                        Protocol = 17,
                        LinkIndex = 1,
                        Zone = 1,
                    };
                }

                long before = Stopwatch.GetTimestamp();
                ppe.Bind(entries, handles, results);
                ticks += Stopwatch.GetTimestamp() - before;
                bound += results.Count(static result => result == PpeResult.Bound);
            }

            best = Math.Max(best, bound / ((double)ticks / Stopwatch.Frequency));
        }

        return best;
    }
}
