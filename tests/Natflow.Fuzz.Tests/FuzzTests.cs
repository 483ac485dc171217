namespace Natflow.Fuzz.Tests;

/// <summary>A short, seeded round against each parser.</summary>
public sealed class FuzzTests
{
    private const int InputCount = 3_000;

    public static TheoryData<string> Targets() => [.. FuzzTargets.Names];

    [Theory, MemberData(nameof(Targets))]
    public void Run_ShortRound_FindsNothingAndReachesSeveralOutcomes(string name)
    {
        using FuzzTarget target = FuzzTargets.Make(name);
        var run = new FuzzRun(target, seed: 1);
        Assert.True(run.TryRun(InputCount), $"{Convert.ToHexString(run.Find ?? [])}\n{run.Failure}");
        Assert.True(run.OutcomeCount >= 4, $"only {run.OutcomeCount} outcomes");
    }

    [Fact]
    public void Run_TargetThatFails_IsFound()
    {
        using var target = new FailingTarget();
        var run = new FuzzRun(target, seed: 1);
        Assert.False(run.TryRun(100_000));
        Assert.NotNull(run.Find);
        Assert.Equal("found", run.Failure!.Message);
    }

    private sealed class FailingTarget : FuzzTarget
    {
        public override string Name => "failing";

        public override IEnumerable<byte[]> Seeds() => [[0, 0, 0, 0]];

        public override ulong Run(ReadOnlySpan<byte> input) =>
            input.Length > 2 && input[1] == 255 && input[2] == 255 ? throw new InvalidOperationException("found") : input.Length > 2 ? input[1] : 0UL;
    }
}
