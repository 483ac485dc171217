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
    private static readonly TimeSpan PaceInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Measures: the same flows with and without, in turns.</summary>
    internal static async Task<IReadOnlyList<BenchRow>> Measure()
    {
        double[] with = new double[Repetitions];
        double[] without = new double[Repetitions];
        double[] lags = new double[Repetitions];
        double[] rates = new double[Repetitions];
        double bytes = 0;
        for (int i = 0; i < Repetitions; i++)
        {
            without[i] = await OpenAlone();
            (with[i], bytes) = await OpenTapped();
            (rates[i], lags[i]) = await OpenPaced();
        }

        double nanoseconds = (1e9 / Turns.Median(with)) - (1e9 / Turns.Median(without));
        return
        [
            new BenchRow("replication new flows", "flow/s", Turns.Median(with), Turns.Median(without)),
            new BenchRow("replication at 100k new flows/s", "% of a worker", Math.Max(0, nanoseconds) * FlowsPerSecond / 1e9 * 100, PercentMax),
            new BenchRow("replication lag at that rate, beside flow age", "ms", Turns.Median(lags), LagMsMax),
            new BenchRow("replication rate under which that is", "flow/s", Turns.Median(rates), FlowsPerSecond),
            new BenchRow("replication of a new flow", "B", bytes),
        ];
    }

    private static async Task<double> OpenAlone()
    {
        using var rig = new PipelineRig(FlowCount, FrameMix.Small, shardCount: 1);
        return await rig.Open(learn: false);
    }

    private static async Task<(double FlowsPerSecond, double Bytes)> OpenTapped()
    {
        using var rig = new PipelineRig(FlowCount, FrameMix.Small, shardCount: 1);
        await using ReplicationReader reader = rig.Tap();
        await reader.Start();
        double rate = await rig.Open(learn: false);
        _ = await UntilTold(reader);
        return (rate, (double)reader.Bytes / FlowCount);
    }

    // A second of new flows, at the rate that counts.
    private static async Task<(double FlowsPerSecond, double LagMs)> OpenPaced()
    {
        using var rig = new PipelineRig((int)FlowsPerSecond, FrameMix.Small, shardCount: 1);
        await using ReplicationReader reader = rig.Tap();
        await reader.Start();
        int[] order = PipelineRig.Shuffled((int)FlowsPerSecond, seed: 7);
        long start = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(PaceInterval);
        foreach (int[] some in order.Chunk((int)(FlowsPerSecond * PaceInterval.TotalSeconds)))
        {
            await rig.Open(some);
            if (some[^1] != order[^1])
                _ = await timer.WaitForNextTickAsync();
        }

        double rate = order.Length / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        return (rate, (await UntilTold(reader)).TotalMilliseconds);
    }

    // From now to the last record.
    private static async Task<TimeSpan> UntilTold(ReplicationReader reader)
    {
        long start = TimeProvider.System.GetTimestamp();
        long last = start;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        for (long seen = reader.Bytes; TimeProvider.System.GetElapsedTime(last) < TimeSpan.FromMilliseconds(200) && TimeProvider.System.GetElapsedTime(start) < Patience;)
        {
            if (reader.Bytes != seen)
                (seen, last) = (reader.Bytes, TimeProvider.System.GetTimestamp());
            await timer.WaitForNextTickAsync();
        }

        return TimeProvider.System.GetElapsedTime(start, last);
    }
}
