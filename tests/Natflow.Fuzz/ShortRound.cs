using Natflow.Fuzz.Coverage;

namespace Natflow.Fuzz;

/// <summary>A bounded, seeded round against a target, for tests.</summary>
public static class ShortRound
{
    /// <summary>Runs it.</summary>
    /// <param name="target">One of <see cref="FuzzTargets.Names"/>, or <see cref="FuzzTargets.SelfTest"/>.</param>
    /// <param name="count">Inputs to try at most.</param>
    /// <param name="seed">The same seed makes the same round.</param>
    /// <returns>How an input made the target fail, with the input, or null; different outcomes; edges of code seen, 0 without instrumentation.</returns>
    public static (string? Failure, int Outcomes, int Edges) Run(string target, int count, int seed)
    {
        using FuzzTarget made = FuzzTargets.Make(target);
        var run = new FuzzRun(made, seed);
        _ = run.TryRun(count);
        string? failure = run.Failure is null ? null : $"{Convert.ToHexString(run.Find!)}\n{run.Failure}";
        return (failure, run.OutcomeCount, CoverageMap.EdgeCount);
    }
}
