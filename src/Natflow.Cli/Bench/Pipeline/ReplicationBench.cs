namespace Natflow.Cli.Bench.Pipeline;

/// <summary>What it costs a shard to tell its standby of every new flow, however young; and how long after its first packet the last one is told.</summary>
internal static class ReplicationBench
{
    /// <summary>Name of its rows.</summary>
    internal const string Name = "replication";

    private const int Repetitions = 5;
    private const int FlowCount = 400_000;
    private const double FlowsPerSecond = 100_000;
    private const double PercentMax = 5;
    private const double LagMsMax = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Measures: the same flows with and without, in turns.</summary>
    internal static async Task<IReadOnlyList<BenchRow>> Measure()
    {
        double[] with = new double[Repetitions];
        double[] without = new double[Repetitions];
        double[] lags = new double[Repetitions];
        double bytes = 0;
        for (int i = 0; i < Repetitions; i++)
        {
            without[i] = await OpenAlone();
            (with[i], lags[i], bytes) = await OpenTapped();
        }

        double nanoseconds = (1e9 / Turns.Median(with)) - (1e9 / Turns.Median(without));
        return
        [
            new BenchRow("replication new flows", "flow/s", Turns.Median(with), Turns.Median(without)),
            new BenchRow("replication at 100k new flows/s", "% of a worker", Math.Max(0, nanoseconds) * FlowsPerSecond / 1e9 * 100, PercentMax),
            new BenchRow("replication last flow told after", "ms", Turns.Median(lags), LagMsMax),
            new BenchRow("replication of a new flow", "B", bytes),
        ];
    }

    private static async Task<double> OpenAlone()
    {
        using var rig = new PipelineRig(FlowCount, FrameMix.Small, shardCount: 1);
        return await rig.Open(learn: false);
    }

    private static async Task<(double FlowsPerSecond, double LagMs, double Bytes)> OpenTapped()
    {
        using var rig = new PipelineRig(FlowCount, FrameMix.Small, shardCount: 1);
        await using ReplicationReader reader = rig.Tap();
        await reader.Start();
        double rate = await rig.Open(learn: false);
        long start = TimeProvider.System.GetTimestamp();
        long last = start;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        for (long seen = -1; TimeProvider.System.GetElapsedTime(last) < TimeSpan.FromMilliseconds(200) && TimeProvider.System.GetElapsedTime(start) < Patience;)
        {
            if (reader.Bytes != seen)
                (seen, last) = (reader.Bytes, TimeProvider.System.GetTimestamp());
            await timer.WaitForNextTickAsync();
        }

        return (rate, TimeProvider.System.GetElapsedTime(start, last).TotalMilliseconds, (double)reader.Bytes / FlowCount);
    }
}
