using System.Net;
using Natflow.Cluster;
using Natflow.Cluster.Etcd;
using Natflow.Cluster.Replication;

namespace Natflow.Cli.Bench.Cluster;

/// <summary>A node of a cluster whose shards hold nothing: what it costs to be one.</summary>
internal sealed class BenchNode : IAsyncDisposable
{
    /// <summary>Name of the cluster.</summary>
    internal const string ClusterName = "bench";

    // As gateways tell them: two interfaces.
    private const string Links = "lan0=0200000000a1,wan0=0200000000b1";

    private readonly EtcdClient _etcd;

    /// <summary>Joins.</summary>
    internal BenchNode(BenchEtcd etcd, string name, int shards)
    {
        _etcd = etcd.Client();
        var settings = new ClusterAgentSettings { Cluster = ClusterName, Node = name, ShardCount = shards, LeaseSeconds = 1, Replication = new IPEndPoint(IPAddress.Loopback, 0), Links = Links };
        Agent = new ClusterAgent(settings, _etcd, new EmptyShardHost(), TimeProvider.System, static _ => { });
        Agent.Start();
    }

    /// <summary>The node.</summary>
    internal ClusterAgent Agent { get; }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Agent.DisposeAsync();
        _etcd.Dispose();
    }
}
