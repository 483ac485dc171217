using System.Globalization;

namespace Natflow.Host.Lab.Cluster;

/// <summary>
/// Addresses of a lab of several gateways: those of <see cref="LabPlan"/> outside and inside, an address of its own for each gateway on both sides, and a network
/// for etcd and replication. The gateway's inside address and the public address are nobody's interface: they go with a shard.
/// </summary>
public static class ClusterLabPlan
{
    /// <summary>Members of etcd.</summary>
    public const int EtcdMembers = 3;

    /// <summary>Interface towards etcd and the other gateways.</summary>
    public const string ControlInterface = "ctl0";

    /// <summary>Address of PostgreSQL.</summary>
    public const string Database = "192.0.2.21";

    /// <summary>The network of gateways, etcd and PostgreSQL.</summary>
    internal const string ControlPrefix = "192.0.2.0/24";

    /// <summary>Name of a gateway as a node of the cluster; the first is 1.</summary>
    public static string Node(int node) => string.Create(CultureInfo.InvariantCulture, $"g{node}");

    /// <summary>A gateway's own address inside.</summary>
    public static string Inside(int node) => string.Create(CultureInfo.InvariantCulture, $"10.0.0.{1 + node}");

    /// <summary>A gateway's own address outside.</summary>
    public static string Outside(int node) => string.Create(CultureInfo.InvariantCulture, $"203.0.113.{10 + node}");

    /// <summary>A gateway's address towards etcd.</summary>
    public static string Control(int node) => string.Create(CultureInfo.InvariantCulture, $"192.0.2.{node}");

    /// <summary>A member's address.</summary>
    public static string Etcd(int member) => string.Create(CultureInfo.InvariantCulture, $"192.0.2.{10 + member}");

    /// <summary>Addresses of a host, by its name in the lab: a, b, x, y, wan, g1 to g3, e1 to e3, db; none for a switch.</summary>
    public static IReadOnlyList<string> AddressesOf(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        bool isNumbered = host.Length == 2 && char.IsAsciiDigit(host[1]);
        return host switch
        {
            "a" => [LabPlan.HostA],
            "b" => [LabPlan.HostB],
            "x" => [LabPlan.HostX, LabPlan.HostX2],
            "y" => [LabPlan.HostY],
            "wan" => [LabPlan.Provider, LabPlan.ProviderOutside],
            "db" => [Database],
            _ when isNumbered && host[0] == 'g' => [Inside(host[1] - '0'), Outside(host[1] - '0'), Control(host[1] - '0')],
            _ when isNumbered && host[0] == 'e' => [Etcd(host[1] - '0')],
            _ => [],
        };
    }
}
