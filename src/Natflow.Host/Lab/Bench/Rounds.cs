namespace Natflow.Host.Lab.Bench;

/// <summary>Repetitions of a measurement.</summary>
internal static class Rounds
{
    /// <summary>Of each case.</summary>
    internal const int Count = 3;

    /// <summary>The value in the middle.</summary>
    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
