namespace Natflow.Cli.Bench.Pipeline;

/// <summary>Two measurements that take turns, so that what else the machine does weighs on both.</summary>
internal static class Turns
{
    private const int FewRepetitions = 5;
    private const int WarmUps = 3;

    /// <summary>Median time and worst allocation of both; the first turns only warm up.</summary>
    /// <param name="first">Given a seed.</param>
    /// <param name="second">Given the same seed.</param>
    /// <param name="repetitions">Turns of each that count: the smaller the difference that is looked for, the more and the shorter.</param>
    internal static async Task<(HitResult First, HitResult Second)> Take(Func<int, Task<HitResult>> first, Func<int, Task<HitResult>> second, int repetitions = FewRepetitions)
    {
        var ours = new HitResult[repetitions];
        var theirs = new HitResult[repetitions];
        // Who comes second in a pair finds in the caches what the first has left there, and an order of its own would fall in step with what the gateway does every two seconds.
        int[] order = [.. Enumerable.Range(0, WarmUps + repetitions)];
        new SplitMix(repetitions).Shuffle(order);
        for (int i = -WarmUps; i < repetitions; i++)
        {
            bool isFirstAhead = order[i + WarmUps] % 2 == 0;
            HitResult ahead = await (isFirstAhead ? first : second)(i + 100);
            HitResult behind = await (isFirstAhead ? second : first)(i + 100);
            if (i >= 0)
                (ours[i], theirs[i]) = isFirstAhead ? (ahead, behind) : (behind, ahead);
        }

        return (Summary(ours), Summary(theirs));
    }

    /// <summary>The middle one; the array is sorted.</summary>
    internal static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    private static HitResult Summary(HitResult[] results) =>
        new(Median([.. results.Select(static result => result.NanosecondsPerPacket)]), results.Max(static result => result.AllocatedBytesPerPacket));
}
