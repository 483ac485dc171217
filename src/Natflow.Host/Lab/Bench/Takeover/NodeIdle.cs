using System.Diagnostics;
using Natflow.Host.Lab.Cluster;

namespace Natflow.Host.Lab.Bench.Takeover;

/// <summary>What a gateway of a cluster needs when there is nothing to forward: its whole process, of the node that needs most.</summary>
internal static class NodeIdle
{
    private const double PercentMax = 2;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(4);

    /// <summary>Measures.</summary>
    internal static async Task<ForwardFigure> Measure(ClusterLab lab, TimeProvider clock, CancellationToken cancellation)
    {
        double[] before = [.. lab.Nodes.Select(node => CpuSeconds(lab, node))];
        long start = clock.GetTimestamp();
        using var timer = new PeriodicTimer(Window, clock);
        _ = await timer.WaitForNextTickAsync(cancellation);
        double seconds = clock.GetElapsedTime(start).TotalSeconds;
        double[] after = [.. lab.Nodes.Select(node => CpuSeconds(lab, node))];
        return new ForwardFigure("idle CPU of a node", "% of a core", after.Zip(before, (now, then) => (now - then) * 100 / seconds).Max(), PercentMax);
    }

    private static double CpuSeconds(ClusterLab lab, int node) => LabProcess.InNamespace(lab.Gateway(node)).Sum(static id =>
    {
        using var process = Process.GetProcessById(id);
        return process.TotalProcessorTime.TotalSeconds;
    });
}
