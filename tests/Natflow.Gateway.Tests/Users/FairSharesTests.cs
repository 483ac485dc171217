using Natflow.Gateway.Users;
using Natflow.Testing;

namespace Natflow.Gateway.Tests.Users;

public sealed class FairSharesTests
{
    [Fact]
    public void Level_OneGreedyAndOneSmall_GivesTheRestToTheGreedy()
    {
        FairShares.Demand[] demands = [new(FairShares.Greedy, 1), new(1e6, 1)];
        Assert.Equal(99e6, FairShares.Level(100e6, demands));
    }

    [Fact]
    public void Level_GreedyOfTwoWeights_DividesByWeight()
    {
        FairShares.Demand[] demands = [new(FairShares.Greedy, 3), new(FairShares.Greedy, 1)];
        Assert.Equal(25e6, FairShares.Level(100e6, demands));
    }

    [Fact]
    public void Level_AllSmall_IsTheLine()
    {
        FairShares.Demand[] demands = [new(1e6, 1), new(2e6, 1)];
        Assert.Equal(100e6, FairShares.Level(100e6, demands));
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Level_AnyDemands_FillsTheLineAndNeverMore(int seed)
    {
        var prng = new Prng(seed);
        for (int round = 0; round < 200; round++)
        {
            FairShares.Demand[] demands = [.. Enumerable.Range(0, 1 + prng.Next(20)).Select(_ => new FairShares.Demand(prng.Next(5) == 0 ? FairShares.Greedy : prng.Next(50_000_000), (ushort)(1 + prng.Next(8))))];
            double wanted = demands.Sum(static demand => demand.BitsPerSecond);
            double level = FairShares.Level(100e6, demands);
            double given = demands.Sum(demand => Math.Min(demand.BitsPerSecond, level * demand.Weight));
            Assert.InRange(given, Math.Min(wanted, 100e6) * 0.999999, 100e6 * 1.000001);
        }
    }
}
