using System.Net;
using Natflow.Cluster.Ownership;
using Natflow.Cluster.Replication;

namespace Natflow.Cluster;

/// <summary>What a node needs to take part.</summary>
public sealed record ClusterAgentSettings
{
    /// <summary>Name of the cluster.</summary>
    public required string Cluster { get; init; }

    /// <summary>Name of this node; letters, digits, dots and dashes.</summary>
    public required string Node { get; init; }

    /// <summary>Its share of the shards beside others', 1 to 1000.</summary>
    public int Weight { get; init; } = 100;

    /// <summary>Shards of the cluster, the same on all nodes.</summary>
    public required int ShardCount { get; init; }

    /// <summary>Life of its lease, s; etcd grants no less than one and a half election timeouts.</summary>
    public int LeaseSeconds { get; init; } = 2;

    /// <summary>How long before the end of its lease it stops: more than its clock can err in a lease's life.</summary>
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Where its replication listens.</summary>
    public required IPEndPoint Replication { get; init; }

    /// <summary>TLS between nodes; null for none.</summary>
    public ReplicationTlsSettings? Tls { get; init; }

    /// <summary>Its interfaces' link addresses, <c>name=hex,name=hex</c>: other nodes send frames of its shards there; "-" for none.</summary>
    public string Links { get; init; } = "-";

    /// <summary>Flows younger than this are not replicated.</summary>
    public TimeSpan FlowAge { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Bytes of frames kept for each shard's standbys.</summary>
    public long LogBytesMax { get; init; } = 16 << 20;

    /// <summary>Longest wait for the new owner's copy to be whole when a shard is handed over.</summary>
    public TimeSpan HandOverTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The keys in etcd.</summary>
    public ClusterKeys Keys => new(Cluster);
}
