using Natflow.Cluster.Tests.Etcd;

namespace Natflow.Cluster.Tests.MultiNode;

/// <summary>Nodes as processes of their own on a real etcd: what dies, dies as a process does, and what is stopped knows nothing of it.</summary>
public sealed class MultiNodeTests
{
    [EtcdFact]
    public async Task HA_03_NodeKilledThenNodeStopped_RecordsLiveOnAndNoTokenIsTwoNodes()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        using var conductor = new MultiNodeConductor(Scenarios.KilledThenStoppedName, etcd.Endpoints, "a", "b", "c");
        await conductor.PassBarrier("started", "a", "b", "c");
        await conductor.PassBarrier("dealt", "a", "b", "c");
        await conductor.AwaitBarrier("copied", "a", "b", "c");
        conductor.Kill("a");
        conductor.Release("copied", "b", "c");
        await conductor.AwaitBarrier("taken", "b", "c");
        conductor.Signal("c", "STOP");
        conductor.Release("taken", "b", "c");
        await conductor.AwaitBarrier("alone", "b"); // By the lease alone: silence proves nothing.
        conductor.Signal("c", "CONT");
        conductor.Release("alone", "b");
        await conductor.PassBarrier("together", "b", "c");

        await conductor.AwaitEnd("b", "c");

        Assert.True(conductor.Claims.Count > MultiNodeKit.Shards);
        Assert.Equal(conductor.Claims.Count, conductor.Claims.Distinct(StringComparer.Ordinal).Count());
    }
}
