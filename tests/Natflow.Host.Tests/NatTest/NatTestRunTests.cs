using System.Net;
using Natflow.Host.NatTest;
using Natflow.Testing;

namespace Natflow.Host.Tests.NatTest;

public sealed class NatTestRunTests
{
    private readonly TestTime _time = new();

    [Theory]
    [InlineData(NatBehaviour.EndpointIndependent)]
    [InlineData(NatBehaviour.AddressDependent)]
    [InlineData(NatBehaviour.AddressAndPortDependent)]
    public void STUN_01_Mapping_IsReported(NatBehaviour mode) =>
        Assert.Equal(mode, Run(new SimulatedNat(_time) { MappingMode = mode }).Mapping);

    [Theory]
    [InlineData(NatBehaviour.EndpointIndependent)]
    [InlineData(NatBehaviour.AddressDependent)]
    [InlineData(NatBehaviour.AddressAndPortDependent)]
    public void STUN_02_Filtering_IsReported(NatBehaviour mode) =>
        Assert.Equal(mode, Run(new SimulatedNat(_time) { FilteringMode = mode }).Filtering);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void STUN_03_Hairpin_IsReported(bool isHairpinning) =>
        Assert.Equal(isHairpinning, Run(new SimulatedNat(_time) { IsHairpinning = isHairpinning }).IsHairpinning);

    [Theory]
    [InlineData(30)]
    [InlineData(120)]
    [InlineData(299)]
    public void STUN_04_Lifetime_IsFoundWithinOneStep(int seconds)
    {
        NatTestReport report = Run(
            new SimulatedNat(_time) { Lifetime = TimeSpan.FromSeconds(seconds) }, lifetimeMax: TimeSpan.FromSeconds(600));
        Assert.NotNull(report.LifetimeBelow);
        Assert.InRange(TimeSpan.FromSeconds(seconds), report.LifetimeAtLeast!.Value, report.LifetimeBelow.Value);
        Assert.InRange(report.LifetimeBelow.Value - report.LifetimeAtLeast.Value, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void STUN_04_LifetimeBeyondTheLongestProbe_IsSaid()
    {
        NatTestReport report = Run(
            new SimulatedNat(_time) { Lifetime = TimeSpan.FromHours(1) }, lifetimeMax: TimeSpan.FromSeconds(100));
        Assert.Equal((TimeSpan.FromSeconds(100), null), (report.LifetimeAtLeast, report.LifetimeBelow));
    }

    [Fact]
    public void Run_NoNat_IsSaid()
    {
        NatTestReport report = Run(new SimulatedNat(_time) { MappingMode = NatBehaviour.NoNat });
        Assert.Equal((NatBehaviour.NoNat, NatBehaviour.EndpointIndependent, null), (report.Mapping, report.Filtering, report.IsHairpinning));
        Assert.True(report.IsWhole);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_LossyPath_IsAskedAgain(int loseEach)
    {
        var nat = new SimulatedNat(_time) { LoseEach = loseEach, MappingMode = NatBehaviour.AddressDependent, FilteringMode = NatBehaviour.AddressDependent };
        NatTestReport report = Run(nat);
        Assert.Equal((NatBehaviour.AddressDependent, NatBehaviour.AddressDependent), (report.Mapping, report.Filtering));
    }

    [Fact]
    public void Run_NoServer_GivesUpAfterTheWaitsOfRfc8489()
    {
        var nat = new SimulatedNat(_time) { LoseEach = 1 };
        DateTimeOffset start = _time.GetUtcNow();
        NatTestReport report = Run(nat);
        Assert.Null(report.Mapped);
        Assert.False(report.IsWhole);
        Assert.Equal(7, nat.SentCount);
        Assert.InRange(_time.GetUtcNow() - start, TimeSpan.FromSeconds(39.5), TimeSpan.FromSeconds(39.6));
    }

    private NatTestReport Run(SimulatedNat nat, TimeSpan lifetimeMax = default)
    {
        var options = new NatTestOptions { Server = nat.Primary, Local = IPAddress.Parse("10.0.0.5"), LifetimeMax = lifetimeMax };
        var run = new NatTestRun(options, _time, nat.Open, testTcp: null);
        SynchronizationContext? previous = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null); // Continuations run on this thread, as time advances.
        try
        {
            Task<NatTestReport> task = run.RunAsync(CancellationToken.None);
            for (int step = 0; step < 1_000_000 && !task.IsCompleted; step++)
                _time.Advance(TimeSpan.FromMilliseconds(100));
            Assert.True(task.IsCompleted, "the run waits for something other than time");
            return task.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(previous);
        }
    }
}
