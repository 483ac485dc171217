using Natflow.Ports.AfXdp;

namespace Natflow.Benchmarks.Xdp;

/// <summary>The <c>af_xdp</c> port against a plain C forwarder, in one run: 60-byte UDP frames over veth, generator on the other core.</summary>
internal static class ForwardBench
{
    private const int Rounds = 2;
    private const int BudgetMax = 256;

    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(1200);

    /// <summary>Measures each ring size and writes a table.</summary>
    /// <returns>0.</returns>
    internal static int Run(int[] ringSizes, TextWriter output)
    {
        using var lab = new ForwardLab();
        output.WriteLine("ring | C, budget 32 | C, budget set | af_xdp port | ratio to the better C | Mpps");
        foreach (int ringSize in ringSizes)
        {
            double plain = 0;
            double plainBudget = 0;
            double managed = 0;
            string note = "";
            for (int round = 0; round < Rounds; round++)
            {
                // Interleaved, and the best of the rounds: what else runs on the machine disturbs all alike.
                plain = Math.Max(plain, MeasurePlain(lab, ringSize, budget: 0));
                plainBudget = Math.Max(plainBudget, MeasurePlain(lab, ringSize, Math.Min(ringSize, BudgetMax)));
                managed = Math.Max(managed, MeasureManaged(lab, ringSize, out note));
            }

            double ratio = managed / Math.Max(plain, plainBudget);
            output.WriteLine($"{ringSize,4} | {plain:F3} | {plainBudget:F3} | {managed:F3} | {ratio:F3} | {note}");
        }

        return 0;
    }

    private static double MeasurePlain(ForwardLab lab, int ringSize, int budget)
    {
        using var forwarder = new PlainForwarder(lab.Gateway, ringSize, budget);
        return lab.Measure(WarmUp, Duration);
    }

    private static double MeasureManaged(ForwardLab lab, int ringSize, out string note)
    {
        var settings = new AfXdpSettings { RingSize = ringSize, ZeroCopy = ZeroCopyMode.Auto, Checksums = ChecksumCompletion.Auto };
        ManagedForwarder forwarder = lab.Gateway.Invoke(() => new ManagedForwarder(settings));
        double rate = lab.Measure(WarmUp, Duration);
        double callsPerFrame = (double)forwarder.WanQueue.SystemCallCount / Math.Max(forwarder.WanQueue.TransmittedCount, 1);
        string mode = forwarder.Mode.ToString();
        forwarder.Dispose();
        note = $"{mode}; {callsPerFrame:F4} calls/frame, {forwarder.AllocatedBytes} B allocated";
        return rate;
    }
}
