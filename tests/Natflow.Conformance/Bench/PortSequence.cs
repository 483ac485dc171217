namespace Natflow.Conformance.Bench;

/// <summary>Judges a sequence of external ports.</summary>
internal static class PortSequence
{
    /// <summary>No step is common, neighbours do not correlate, and the runs about the mean are those of chance (five standard deviations and more).</summary>
    internal static void AssertHardToGuess(int[] ports)
    {
        int commonest = ports.Zip(ports.Skip(1), static (a, b) => b - a).GroupBy(static step => step).Max(static group => group.Count());
        Assert.True(commonest < ports.Length / 50, $"one step is taken {commonest} times of {ports.Length}");
        double[] inBlock = [.. ports.Select(static port => (double)(port % 128))];
        double mean = inBlock.Average();
        double variance = inBlock.Sum(value => (value - mean) * (value - mean));
        double serial = inBlock.Zip(inBlock.Skip(1), (a, b) => (a - mean) * (b - mean)).Sum() / variance;
        double bound = 5 / Math.Sqrt(ports.Length);
        Assert.InRange(serial, -bound, bound);
        int runs = 1 + inBlock.Zip(inBlock.Skip(1), (a, b) => (a > mean) != (b > mean) ? 1 : 0).Sum();
        double spread = 2.5 * Math.Sqrt(ports.Length);
        Assert.InRange(runs, (ports.Length / 2) - spread, (ports.Length / 2) + spread);
    }
}
