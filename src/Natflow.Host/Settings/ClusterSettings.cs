using System.Net;
using Natflow.Cluster.Replication;

namespace Natflow.Host.Settings;

/// <summary><c>natflow.cluster</c>.</summary>
public sealed record ClusterSettings
{
    /// <summary>Whether this gateway is one of several.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>Name of the cluster.</summary>
    public required string Name { get; init; }

    /// <summary>Name of this node.</summary>
    public required string Node { get; init; }

    /// <summary>Its share of the shards beside others', 1 to 1000.</summary>
    public required int Weight { get; init; }

    /// <summary>Shards of the cluster, 1 to 256.</summary>
    public required int Shards { get; init; }

    /// <summary>Life of the node's lease.</summary>
    public required TimeSpan Lease { get; init; }

    /// <summary>How long before its end the node stops.</summary>
    public required TimeSpan LeaseMargin { get; init; }

    /// <summary>etcd.</summary>
    public required ClusterEtcdSettings Etcd { get; init; }

    /// <summary>Where replication listens.</summary>
    public required IPEndPoint Replication { get; init; }

    /// <summary>TLS between nodes; null for none.</summary>
    public required ReplicationTlsSettings? Tls { get; init; }

    /// <summary>Flows younger than this are not replicated.</summary>
    public required TimeSpan FlowAge { get; init; }

    /// <summary>Whether addresses that go with shards are found at a link address of the shard's own, or at that of the node.</summary>
    public required bool HasVirtualMac { get; init; }

    /// <summary>Addresses that go with shards.</summary>
    public required IReadOnlyList<VirtualAddressSettings> Addresses { get; init; }
}
