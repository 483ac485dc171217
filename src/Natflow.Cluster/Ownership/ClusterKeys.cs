using System.Globalization;

namespace Natflow.Cluster.Ownership;

/// <summary>The keys of a cluster in etcd.</summary>
/// <param name="Cluster">Name of the cluster.</param>
public sealed record ClusterKeys(string Cluster)
{
    /// <summary>What all of them begin with.</summary>
    public string Prefix => $"natflow/{Cluster}/";

    /// <summary>Seed of the nodes' hashes: with the same one each subscriber has the same shard everywhere.</summary>
    public string Seed => Prefix + "seed";

    /// <summary>Who balances.</summary>
    public string Leader => Prefix + "leader";

    /// <summary>A node, under its lease.</summary>
    public string Node(string id) => $"{Prefix}nodes/{id}";

    /// <summary>A wish about a node: that it drains, for as long as the key is there.</summary>
    public string Drain(string id) => $"{Prefix}drain/{id}";

    /// <summary>What the leader wants of a shard.</summary>
    public string Plan(int shard) => Of("plan", shard);

    /// <summary>Who owns a shard, under the owner's lease; its revision is the fencing token.</summary>
    public string Owner(int shard) => Of("owners", shard);

    /// <summary>Who has a whole copy of a shard, under that node's lease.</summary>
    public string Copy(int shard) => Of("copies", shard);

    private string Of(string kind, int shard) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{kind}/{shard:D3}");
}
