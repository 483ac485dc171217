using System.Globalization;

namespace Natflow.Host.Lab.Cluster;

/// <summary>The configuration of a gateway of a lab of several.</summary>
internal static class ClusterLabConfig
{
    /// <summary>HOCON of a gateway.</summary>
    /// <param name="options">What lab.</param>
    /// <param name="node">Number of the gateway.</param>
    /// <param name="runDirectory">Its run directory.</param>
    internal static string Text(ClusterLabOptions options, int node, string runDirectory) => string.Create(CultureInfo.InvariantCulture, $$"""
        {{LabConfig.Text(new LabOptions(options.Name) { Mode = options.Mode }, runDirectory)}}
        natflow.nat.public = [ {{LabPlan.Public1}} ]
        natflow.cluster {
          enabled = on
          name = lab
          node = {{ClusterLabPlan.Node(node)}}
          shards = {{options.Shards}}
          lease = 1s
          etcd.endpoints = [ {{string.Join(", ", Enumerable.Range(1, ClusterLabPlan.EtcdMembers).Select(static member => $"\"http://{ClusterLabPlan.Etcd(member)}:2379\""))}} ]
          replication = "{{ClusterLabPlan.Control(node)}}:7411"
          addresses = [
            { interface = {{LabPlan.LanInterface}}, address = {{LabPlan.GatewayInside}}, shard = 0 }
            { interface = {{LabPlan.WanInterface}}, address = {{LabPlan.Public1}}, shard = 0 }
          ]
        }
        {{(options.HasDatabase ? $"natflow.journal {{ engine = postgresql, connection = \"{ClusterLabDatabase.Connection}\" }}" : string.Empty)}}
        {{options.ExtraConfig}}

        """);
}
