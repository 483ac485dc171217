namespace Natflow.Cli.Bench.Cluster;

/// <summary>Waits of a benchmark, each with a bound.</summary>
internal static class BenchWait
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Waits until a condition holds.</summary>
    /// <exception cref="TimeoutException">It does not within 30 s.</exception>
    internal static async Task Until(string what, Func<Task<bool>> condition)
    {
        long start = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Poll);
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
                throw new TimeoutException($"not within {Patience.TotalSeconds:0} s: {what}");
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Lets time pass.</summary>
    internal static async Task For(TimeSpan time)
    {
        using var timer = new PeriodicTimer(time);
        _ = await timer.WaitForNextTickAsync();
    }
}
