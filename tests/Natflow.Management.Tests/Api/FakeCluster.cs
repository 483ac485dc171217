using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Tests.Api;

/// <summary>A cluster of three nodes, one of which is away, with a shard that nobody owns and one that has no copy.</summary>
internal sealed class FakeCluster : IClusterControl
{
    private const int ShardCount = 24;

    private static readonly string[] Names = ["gw-berlin", "gw-hamburg", "gw-koeln"];

    /// <summary>Whether all is as it should be.</summary>
    internal bool IsSafe { get; set; }

    public ClusterMapModel Describe()
    {
        ClusterShardModel[] shards = [.. Enumerable.Range(0, ShardCount).Select(Shard)];
        return new ClusterMapModel("edge", Names[0], Names[1], Names[0], 48_211, [.. Names.Select(name => Node(name, shards))], shards);
    }

    /// <summary>What was wished, in order.</summary>
    internal System.Collections.Concurrent.ConcurrentQueue<string> Wishes { get; } = new();

    public Task<string?> Ask(string node, ClusterWish wish) => Take($"{node}:{wish}");

    public Task<string?> Rebalance() => Take("rebalance");

    private Task<string?> Take(string wish)
    {
        Wishes.Enqueue(wish);
        return Task.FromResult<string?>(null);
    }

    private ClusterShardModel Shard(int shard)
    {
        string owner = Names[shard % 3];
        string copy = Names[(shard + 1) % 3];
        if (IsSafe)
            return new ClusterShardModel(shard, owner, copy, copy, 40_000 + shard, shard % 3 == 0 ? 0.4 : null);
        return new ClusterShardModel(shard, shard == 5 ? null : owner, copy, shard == 7 ? null : copy, shard == 5 ? 0 : 40_000 + shard, shard % 3 == 0 ? 0.4 : null);
    }

    private ClusterNodeModel Node(string name, ClusterShardModel[] shards) => new(
        name, 8559, 7_587_892, IsSafe || name != Names[2] ? "up" : "down", name == Names[1] ? 200 : 100, shards.Count(shard => shard.Owner == name), shards.Count(shard => shard.Copy == name), IsSafe || name != Names[2]);
}
