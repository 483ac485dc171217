namespace Natflow.Cli.Bench.Pipeline;

/// <summary>Two measurements that take turns, so that what else the machine does weighs on both.</summary>
internal static class Turns
{
    private const int Repetitions = 5;
    private const int WarmUps = 3;

    /// <summary>Median time and worst allocation of both; the first turns only warm up.</summary>
    /// <param name="first">Given a seed.</param>
    /// <param name="second">Given the same seed.</param>
    internal static async Task<(HitResult First, HitResult Second)> Take(Func<int, Task<HitResult>> first, Func<int, Task<HitResult>> second)
    {
        var ours = new HitResult[Repetitions];
        var theirs = new HitResult[Repetitions];
        for (int i = -WarmUps; i < Repetitions; i++)
        {
            (HitResult our, HitResult their) = (await first(i + 100), await second(i + 100));
            if (i >= 0)
                (ours[i], theirs[i]) = (our, their);
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
