using System.Globalization;
using System.Text;
using Natflow.Cluster.Etcd;
using Natflow.Cluster.Ownership;

namespace Natflow.Cluster;

/// <summary>What operators want of nodes, written to etcd: any node can be told from anywhere, whether it runs or not.</summary>
/// <param name="etcd">etcd.</param>
/// <param name="keys">The cluster's keys.</param>
public sealed class ClusterWishes(EtcdClient etcd, ClusterKeys keys)
{
    private const int KeysMax = 100; // Of the 128 operations that etcd takes at once.

    /// <summary>Tells a node.</summary>
    /// <param name="node">Its name; it need not be a member.</param>
    /// <param name="wish">What it is to do.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <returns>Why it cannot be told; null where it is.</returns>
    public async Task<string?> Set(string node, NodeWish wish, CancellationToken cancellation = default) => wish == NodeWish.None
        ? ErrorOf(await etcd.Delete(keys.Drain(node), cancellation))
        : ErrorOf(await etcd.Put(keys.Drain(node), Encoding.UTF8.GetBytes(((int)wish).ToString(CultureInfo.InvariantCulture)), 0, cancellation));

    /// <summary>Has the leader plan anew: what it planned is forgotten, who owns stays.</summary>
    /// <param name="shards">Shards of the cluster.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <returns>Why it cannot be told; null where it is.</returns>
    public async Task<string?> Rebalance(int shards, CancellationToken cancellation = default)
    {
        foreach (int[] some in Enumerable.Range(0, shards).Chunk(KeysMax))
        {
            var transaction = new EtcdTransaction { Compare = [], Then = [.. some.Select(shard => EtcdOperation.Delete(keys.Plan(shard)))] };
            if (ErrorOf(await etcd.Commit(transaction, cancellation)) is { } error)
                return error;
        }

        return null;
    }

    private static string? ErrorOf<T>(EtcdAnswer<T> answer) => answer.IsOk ? null : $"etcd: {answer.Status}: {answer.Error}";
}
