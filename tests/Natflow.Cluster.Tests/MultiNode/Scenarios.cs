namespace Natflow.Cluster.Tests.MultiNode;

/// <summary>The scripts: each is run by every node, and the conductor does what no node can, at the barriers.</summary>
internal static class Scenarios
{
    /// <summary>Name of <see cref="KilledThenStopped"/>.</summary>
    internal const string KilledThenStoppedName = "killed-then-stopped";

    /// <summary>By name.</summary>
    internal static IReadOnlyDictionary<string, Func<MultiNodeKit, Task>> All { get; } = new Dictionary<string, Func<MultiNodeKit, Task>>(StringComparer.Ordinal)
    {
        [KilledThenStoppedName] = KilledThenStopped,
    };

    // a dies behind "copied", c is stopped behind "taken" and goes on behind "alone".
    private static async Task KilledThenStopped(MultiNodeKit kit)
    {
        await kit.EnterBarrier("started");
        kit.Agent.Start();
        await MultiNodeKit.AwaitCondition(() => kit.Agent.OwnedShards.Count is 2 or 3 && kit.Agent.Standing.Nodes.Count == 3);
        await kit.EnterBarrier("dealt");
        foreach (int shard in kit.Agent.OwnedShards)
            kit.Host.Add(shard, RecordOf(shard));
        await MultiNodeKit.AwaitCondition(() => kit.Agent.OwnedShards.All(shard => kit.Agent.LagOf(shard) == TimeSpan.Zero) && kit.Agent.Standing.Shards.All(static row => row.Copy.Length != 0));
        await kit.EnterBarrier("copied");
        await kit.RunOn(["b", "c"], () => MultiNodeKit.AwaitCondition(() => kit.Agent.OwnedShards.Count == MultiNodeKit.Shards / 2));
        Check(kit);
        await MultiNodeKit.AwaitCondition(() => kit.Agent.Standing.Shards.All(static row => row.Copy.Length != 0 && row.Copy != row.Owner));
        await kit.EnterBarrier("taken");
        await kit.RunOn(["b"], () => MultiNodeKit.AwaitCondition(() => kit.Agent.OwnedShards.Count == MultiNodeKit.Shards));
        await kit.RunOn(["b"], () => kit.EnterBarrier("alone"));
        await MultiNodeKit.AwaitCondition(() => kit.Agent.OwnedShards.Count == MultiNodeKit.Shards / 2 && kit.Agent.Standing.Nodes.Count == 2);
        Check(kit);
        await kit.EnterBarrier("together");
    }

    private static byte RecordOf(int shard) => (byte)(shard + 1);

    // Whoever owned it before: what was decided is known, once.
    private static void Check(MultiNodeKit kit)
    {
        foreach (int shard in kit.Agent.OwnedShards)
            Assert.Equal([RecordOf(shard)], kit.Host.State(shard));
    }
}
