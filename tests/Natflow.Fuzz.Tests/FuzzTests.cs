using Natflow.Fuzz.Coverage;

namespace Natflow.Fuzz.Tests;

/// <summary>A short, seeded, coverage-guided round against each parser.</summary>
public sealed class FuzzTests(FuzzTests.Covered covered) : IClassFixture<FuzzTests.Covered>
{
    private const int InputCount = 2_000;
    private const int Seed = 1;

    public static TheoryData<string> Targets() => [.. FuzzTargets.Names];

    [Theory, MemberData(nameof(Targets))]
    public void Run_ShortRound_FindsNothingAndReachesSeveralOutcomes(string name)
    {
        (string? failure, int outcomes, int edges) = covered.Context.RunShort(name, InputCount, Seed);
        Assert.True(failure is null, failure);
        Assert.True(outcomes >= 4, $"only {outcomes} outcomes");
        Assert.True(edges > 0, "no coverage");
    }

    [Fact]
    public void Run_DoorsBehindDoors_CoverageOpensThemAndChanceDoesNot()
    {
        const int count = 400_000;
        Assert.Contains("the last door", covered.Context.RunShort(FuzzTargets.SelfTest, count, Seed).Failure, StringComparison.Ordinal);
        Assert.Null(ShortRound.Run(FuzzTargets.SelfTest, count, Seed).Failure);
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

    public sealed class Covered : IDisposable
    {
        public CoveredContext Context { get; } = new();

        public void Dispose() => Context.Dispose();
    }

    private sealed class FailingTarget : FuzzTarget
    {
        public override string Name => "failing";

        public override IEnumerable<byte[]> Seeds() => [[0, 0, 0, 0]];

        public override ulong Run(ReadOnlySpan<byte> input) =>
            input.Length > 2 && input[1] == 255 && input[2] == 255 ? throw new InvalidOperationException("found") : input.Length > 2 ? input[1] : 0UL;
    }
}
