namespace Natflow.Cli.Bench;

/// <summary>One figure of a benchmark suite, by the contract of <c>natflow bench SUITE --json</c>. Case names are stable.</summary>
/// <param name="Case">What was measured, for example <c>flows=1000 frame=64 shards=1 hit</c>.</param>
/// <param name="Unit">For example <c>ns/packet</c>.</param>
/// <param name="Measured">The figure: median of the run's repetitions.</param>
/// <param name="Baseline">The same figure of the baseline in the same run, or the limit that the figure has to keep, or null.</param>
internal sealed record BenchRow(string Case, string Unit, double Measured, double? Baseline = null)
{
    /// <summary>Measured by baseline, or null where there is none.</summary>
    public double? Ratio => Baseline is > 0 ? Measured / Baseline : null;
}
