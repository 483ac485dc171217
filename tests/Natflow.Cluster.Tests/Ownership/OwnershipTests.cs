using System.Text;
using Natflow.Cluster.Etcd;
using Natflow.Cluster.Ownership;

namespace Natflow.Cluster.Tests.Ownership;

/// <summary>Never two owners, whatever happens.</summary>
public sealed class OwnershipTests
{
    // A clock that is one percent slow is late by 20 ms in a lease's life.
    private const int MarginMs = 100;

    [Fact]
    public void HA_03_AnyFaults_NoShardHasTwoOwners()
    {
        int activations = 0, handOvers = 0, kills = 0;
        for (int seed = 1; seed <= 300; seed++)
        {
            var simulation = new OwnershipSimulation(seed, MarginMs);
            simulation.Run();
            Assert.True(simulation.Violation is null, $"seed {seed}: {simulation.Violation}");
            Assert.True(simulation.IsServed, $"seed {seed}: a shard has no owner {simulation.NowMs} ms after all faults");
            activations += simulation.ActivationCount;
            handOvers += simulation.HandOverCount;
            kills += simulation.KillCount;
        }

        Assert.True(activations > 5000 && handOvers > 1000 && kills > 100, $"{activations} claims, {handOvers} hand-overs, {kills} kills: too few to prove anything");
    }

    [Fact]
    public void Simulation_NodesThatStopTooLate_AreCaught() => Assert.Contains(Enumerable.Range(1, 40), static seed =>
    {
        var simulation = new OwnershipSimulation(seed, marginMs: -3000);
        simulation.Run();
        return simulation.Violation is not null;
    });

    [Fact]
    public void OnView_LateViewAfterRelease_IsNotTakenBack()
    {
        ClusterView view = ViewOf("a", lease: 7, revision: 5);
        var core = new NodeCore("a", 1);
        core.OnLease(7, sentMs: 0, ttlMs: 1000, marginMs: 100);
        core.OnView(view);
        Assert.Equal(5, core.Token(0));
        core.Release(0, reclaimAtMs: 500);
        core.OnView(view);
        Assert.Equal(0, core.Token(0));
    }

    [Fact]
    public void OnView_OwnerKeyOfAnEarlierLease_IsNotOurs()
    {
        var core = new NodeCore("a", 1);
        core.OnLease(8, sentMs: 0, ttlMs: 1000, marginMs: 100);
        core.OnView(ViewOf("a", lease: 7, revision: 5));
        Assert.Equal(0, core.Token(0));
    }

    [Fact]
    public void IsOwner_AtTheDeadline_IsOver()
    {
        var core = new NodeCore("a", 1);
        core.OnLease(7, sentMs: 50, ttlMs: 1000, marginMs: 100);
        core.OnView(ViewOf("a", lease: 7, revision: 5));
        Assert.True(core.IsOwner(0, 949));
        Assert.False(core.IsOwner(0, 950));
    }

    private static ClusterView ViewOf(string owner, long lease, long revision)
    {
        var keys = new ClusterKeys("c");
        var view = new ClusterView(keys, 1);
        view.Load(new EtcdRangeResult(revision, [new EtcdKeyValue(keys.Owner(0), Encoding.UTF8.GetBytes(owner), revision, revision, lease)], HasMore: false));
        return view;
    }
}
