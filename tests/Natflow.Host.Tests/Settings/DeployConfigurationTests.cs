using Natflow.Host.Settings;

namespace Natflow.Host.Tests.Settings;

/// <summary>What is handed out for clusters is a configuration that this very gateway takes: every key in it exists, and names a cluster with certificates.</summary>
public sealed class DeployConfigurationTests
{
    private static readonly (string Name, string Value)[] Variables =
    [
        ("NATFLOW_NODE", "g1"), ("NATFLOW_ADDRESS", "192.0.2.1"),
        ("NATFLOW_ETCD_1", "\"https://192.0.2.1:2379\""), ("NATFLOW_ETCD_2", "\"https://192.0.2.2:2379\""), ("NATFLOW_ETCD_3", "\"https://192.0.2.3:2379\""),
    ];

    [Theory]
    [InlineData("compose/natflow.conf")]
    [InlineData("kubernetes/natflow.yaml")]
    public void Configuration_OfADeployment_IsAClustersWithTls(string name)
    {
        string text = File.ReadAllText(PathOf(name));
        if (name.EndsWith(".yaml", StringComparison.Ordinal))
            text = Block(text, "natflow.conf: |");
        foreach ((string variable, string value) in Variables)
            text = text.Replace($"${{{variable}}}", value, StringComparison.Ordinal);

        SettingsResult result = SettingsLoader.Parse(text, name);

        Assert.Empty(result.Errors);
        Assert.Equal("/var/lib/natflow", result.Settings!.Gateway.StateDirectory); // What the manifests mount.
        ClusterSettings cluster = result.Settings.Cluster;
        Assert.Equal((true, "g1", "192.0.2.1:7411", 3), (cluster.IsEnabled, cluster.Node, cluster.Replication.ToString(), cluster.Etcd.Endpoints.Count));
        Assert.All(cluster.Etcd.Endpoints, static endpoint => Assert.Equal("https", endpoint.Scheme));
        Assert.NotNull(cluster.Tls);
        Assert.All(cluster.Addresses, address => Assert.Contains(address.Interface, new[] { result.Settings.Ports.Lan[0].Interface, result.Settings.Ports.Wan[0].Interface }));
    }

    [Theory]
    [InlineData("compose/compose.yml", "./natflow.conf:/etc/natflow/natflow.conf:ro", "./tls:/etc/natflow/tls:ro", "state:/var/lib/natflow")]
    [InlineData("kubernetes/natflow.yaml", "mountPath: /etc/natflow/natflow.conf", "mountPath: /etc/natflow/tls", "mountPath: /var/lib/natflow")]
    public void Manifest_WhatTheConfigurationNames_IsMounted(string name, params string[] mounts)
    {
        string text = File.ReadAllText(PathOf(name));
        Assert.All(mounts, mount => Assert.Contains(mount, text, StringComparison.Ordinal));
    }

    private static string PathOf(string name) => Path.Combine(RepositoryFiles.Hocon(string.Empty), "..", "deploy", name);

    // The lines of a block of YAML: those that are further in than its head.
    private static string Block(string text, string head)
    {
        string[] lines = text.Split('\n');
        int first = Array.FindIndex(lines, line => line.Trim() == head);
        Assert.True(first >= 0, $"no '{head}'");
        int indent = lines[first].Length - lines[first].TrimStart().Length;
        return string.Join('\n', lines.Skip(first + 1).TakeWhile(line => line.Trim().Length == 0 || line.Length - line.TrimStart().Length > indent));
    }
}
