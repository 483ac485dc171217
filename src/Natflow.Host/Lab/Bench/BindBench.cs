using Natflow.Bpf;
using Natflow.Core;
using Natflow.Flows.Users;
using Natflow.Memory;
using Natflow.Offload.Model;
using Natflow.Offload.Xdp;

namespace Natflow.Host.Lab.Bench;

/// <summary>How many entries a core binds in the soft PPE's table.</summary>
internal static class BindBench
{
    private const int Entries = 1 << 20;
    private const int BatchSize = 1024;

    /// <summary>Measures.</summary>
    internal static ForwardFigure Run(Action<string> progress)
    {
        progress("bind");
        try
        {
            var rates = new List<double>();
            for (int round = 0; round < Rounds.Count; round++)
                rates.Add(Measure());
            return new ForwardFigure("bind", "entry/s", Rounds.Median(rates));
        }
        catch (Exception error) when (error is BpfException or NativeException)
        {
            throw new LabException(error.Message);
        }
    }

    private static double Measure()
    {
        using XdpPpe ppe = XdpPpe.Open(new XdpPpeSettings { EntriesIpv4Max = Entries, EntriesIpv6Max = 1000, PoliciesMax = 1 }, TimeProvider.System);
        ppe.Policies[0] = new PolicyRecord { Generation = 1 };
        var entries = new FoeEntry[BatchSize];
        var handles = new FoeHandle[BatchSize];
        var results = new PpeResult[BatchSize];
        TimeSpan spent = TimeSpan.Zero;
        int bound = 0;
        for (int start = 0; start < Entries; start += BatchSize)
        {
            for (int i = 0; i < BatchSize; i++)
            {
                entries[i] = new FoeEntry
                {
                    SrcAddr = new Ipv6Address(0, ((ulong)(start + i) << 32) | 0xFFFF0000),
                    Protocol = 17,
                    LinkIndex = 1,
                    Zone = 1,
                };
            }

            long before = TimeProvider.System.GetTimestamp();
            ppe.Bind(entries, handles, results);
            spent += TimeProvider.System.GetElapsedTime(before);
            bound += results.Count(static result => result == PpeResult.Bound);
        }

        return bound / spent.TotalSeconds;
    }
}
