namespace Natflow.Cli.Bench.Actors;

/// <summary>Percentiles of one repetition.</summary>
/// <param name="P50">Nanoseconds.</param>
/// <param name="P99">Nanoseconds.</param>
internal sealed record Latency(double P50, double P99)
{
    /// <summary>From single durations.</summary>
    /// <param name="durations">In units of the system's timestamp; sorted by this call.</param>
    internal static Latency Of(long[] durations)
    {
        Array.Sort(durations);
        double nanosecondsEach = 1e9 / TimeProvider.System.TimestampFrequency;
        return new Latency(
            durations[durations.Length / 2] * nanosecondsEach,
            durations[(int)(durations.Length * 0.99)] * nanosecondsEach);
    }

    /// <summary>Median of each percentile over the repetitions.</summary>
    internal static Latency Median(Latency[] repetitions)
    {
        double[] p50 = Array.ConvertAll(repetitions, static latency => latency.P50);
        double[] p99 = Array.ConvertAll(repetitions, static latency => latency.P99);
        Array.Sort(p50);
        Array.Sort(p99);
        return new Latency(p50[p50.Length / 2], p99[p99.Length / 2]);
    }
}
