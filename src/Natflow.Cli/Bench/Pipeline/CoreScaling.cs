namespace Natflow.Cli.Bench.Pipeline;

/// <summary>
/// What two threads of this machine do that touch nothing but registers, beside one: the most that a second shard could bring here. Two processors that are
/// threads of one core, or that a hypervisor shares out, bring less than two.
/// </summary>
internal static class CoreScaling
{
    private const int Repetitions = 3;
    private const int Rounds = 200_000_000;
    private const ulong Multiplier = 6364136223846793005;

    /// <summary>Runs one thread alone, then two, in turns.</summary>
    internal static async Task<BenchRow> Measure()
    {
        (double two, double one) = (0, 0);
        for (int turn = 0; turn < Repetitions; turn++)
        {
            one = Math.Max(one, await RoundsPerSecond(threads: 1));
            two = Math.Max(two, await RoundsPerSecond(threads: 2));
        }

        return new BenchRow("cores scaling", "round/s", two, one);
    }

    private static async Task<double> RoundsPerSecond(int threads)
    {
        long start = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, threads).Select(static seed => Task.Factory.StartNew(
            static state => Multiply((ulong)(int)state!), seed, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return (double)threads * Rounds / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    // Four chains keep the multiplier as busy as a shard's hashing and checksums would.
    private static ulong Multiply(ulong seed)
    {
        (ulong a, ulong b, ulong c, ulong d) = (seed, seed + 1, seed + 2, seed + 3);
        for (int i = 0; i < Rounds; i++)
        {
            a = (a * Multiplier) + 1;
            b = (b * Multiplier) + 1;
            c = (c * Multiplier) + 1;
            d = (d * Multiplier) + 1;
        }

        return a ^ b ^ c ^ d;
    }
}
