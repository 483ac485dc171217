using System.Globalization;
using Natflow.Cluster.Etcd;
using Natflow.Cluster.Ownership;

namespace Natflow.Cluster;

/// <summary>The seed that all nodes of a cluster share: with it each subscriber has the same shard everywhere.</summary>
public static class ClusterSeed
{
    /// <summary>Reads or makes the seed that all nodes of a cluster share.</summary>
    /// <param name="etcd">etcd.</param>
    /// <param name="keys">The cluster's keys.</param>
    /// <param name="candidate">What it becomes if there is none.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <returns>Null while etcd does not answer.</returns>
    public static async Task<ulong?> Find(EtcdClient etcd, ClusterKeys keys, ulong candidate, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(etcd);
        ArgumentNullException.ThrowIfNull(keys);
        await etcd.Commit(new EtcdTransaction { Compare = [EtcdCompare.Absent(keys.Seed)], Then = [EtcdOperation.Put(keys.Seed, candidate.ToString(CultureInfo.InvariantCulture))] }, cancellation);
        EtcdAnswer<EtcdRangeResult> found = await etcd.Get(keys.Seed, cancellation);
        return found is { IsOk: true, Value.Items: [var item] } && ulong.TryParse(item.Text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed : null;
    }
}
