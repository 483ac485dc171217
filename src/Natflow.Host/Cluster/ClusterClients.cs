using Natflow.Cluster.Etcd;
using Natflow.Host.Settings;

namespace Natflow.Host.Cluster;

/// <summary>Clients of the etcd that a configuration names.</summary>
public static class ClusterClients
{
    /// <summary>Makes one.</summary>
    /// <param name="settings">The cluster's.</param>
    /// <param name="clock">Time.</param>
    public static EtcdClient Open(ClusterSettings settings, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return ClusterMember.Client(settings.Etcd, clock);
    }
}
