using System.Globalization;

namespace Natflow.Host.Lab.Cluster;

/// <summary>The network of a lab of several gateways: all on one switch inside, on one outside, and on one with etcd.</summary>
internal static class ClusterLabTopology
{
    internal const string ControlRole = "ctl";

    private const string DatabaseRole = "db";

    /// <summary>Namespace of a gateway.</summary>
    internal static string Gateway(LabNames names, int node) => names.Of(Role("g", node));

    /// <summary>Namespace of a member of etcd.</summary>
    internal static string Etcd(LabNames names, int member) => names.Of(Role("e", member));

    /// <summary>Namespace of PostgreSQL.</summary>
    internal static string Database(LabNames names) => names.Of(DatabaseRole);

    /// <summary>Makes the namespaces, links, addresses and routes.</summary>
    internal static void Build(LabNames names, int nodes, bool hasDatabase)
    {
        int[] gateways = [.. Enumerable.Range(1, nodes)];
        int[] members = [.. Enumerable.Range(1, ClusterLabPlan.EtcdMembers)];
        string control = names.Of(ControlRole);
        string[] namespaces = [names.A, names.B, names.X, names.Y, names.Lan, names.Wan, control, .. gateways.Select(node => Gateway(names, node)), .. members.Select(member => Etcd(names, member))];
        LabTopology.Batch(
        [
            .. namespaces.Select(static name => $"netns add {name}"),
            LabTopology.Veth(names.A, "eth0", names.Lan, "a"),
            LabTopology.Veth(names.B, "eth0", names.Lan, "b"),
            LabTopology.Veth(names.X, "eth0", names.Wan, "x"),
            LabTopology.Veth(names.Y, "eth0", names.Wan, "y"),
            .. gateways.SelectMany(node => Links(names, node, control)),
            .. members.Select(member => LabTopology.Veth(Etcd(names, member), "eth0", control, Role("e", member))),
        ]);
        LabTopology.Batch(Host(LabPlan.HostA, LabPlan.GatewayInside), names.A);
        LabTopology.Batch(Host(LabPlan.HostB, LabPlan.GatewayInside), names.B);
        LabTopology.Batch([.. Host(LabPlan.HostX, LabPlan.ProviderOutside), $"addr add {LabPlan.HostX2}/24 dev eth0"], names.X);
        LabTopology.Batch(Host(LabPlan.HostY, LabPlan.ProviderOutside), names.Y);
        LabTopology.Batch(LabTopology.Bridge(["a", "b", .. gateways.Select(static node => Role("g", node))]), names.Lan);
        LabTopology.Batch(LabTopology.Bridge([.. gateways.Select(static node => Role("g", node)), .. members.Select(static member => Role("e", member))]), control);
        LabTopology.Batch(Router(gateways), names.Wan);
        LabTopology.Write(names.Wan, "ipv4/ip_forward", "1");
        foreach (int member in members)
            LabTopology.Batch([.. LabTopology.Interface("eth0", [ClusterLabPlan.Etcd(member)], []), "link set lo up"], Etcd(names, member));
        foreach (int node in gateways)
            ConfigureGateway(names, node);
        if (hasDatabase)
            AddDatabase(names, control);
    }

    private static void AddDatabase(LabNames names, string control)
    {
        string database = Database(names);
        LabTopology.Batch([$"netns add {database}", LabTopology.Veth(database, "eth0", control, DatabaseRole)]);
        LabTopology.Batch([.. LabTopology.Interface("eth0", [ClusterLabPlan.Database], []), "link set lo up"], database);
        LabTopology.Batch([$"link set dev {DatabaseRole} master br0 up"], control);
    }

    private static string Role(string kind, int number) => string.Create(CultureInfo.InvariantCulture, $"{kind}{number}");

    private static IEnumerable<string> Links(LabNames names, int node, string control) =>
    [
        LabTopology.Veth(Gateway(names, node), LabPlan.LanInterface, names.Lan, Role("g", node)),
        LabTopology.Veth(Gateway(names, node), LabPlan.WanInterface, names.Wan, Role("g", node)),
        LabTopology.Veth(Gateway(names, node), ClusterLabPlan.ControlInterface, control, Role("g", node)),
    ];

    private static IEnumerable<string> Host(string address, string gateway) =>
        [.. LabTopology.Interface("eth0", [address], []), "link set lo up", $"route add default via {gateway} dev eth0"];

    // Gateways on one bridge, X and Y on another, the provider's router between.
    private static IEnumerable<string> Router(int[] gateways) =>
    [
        "link add br1 type bridge",
        .. gateways.Select(static node => $"link set dev {Role("g", node)} master br1 up"),
        .. LabTopology.Interface("br1", [LabPlan.Provider], []),
        .. LabTopology.Bridge(["x", "y"]),
        .. LabTopology.Interface("br0", [LabPlan.ProviderOutside], []),
        "link set lo up",
    ];

    // The kernel of a node forwards nothing: when the process dies, what still comes must not leave untranslated.
    private static void ConfigureGateway(LabNames names, int node)
    {
        string gateway = Gateway(names, node);
        LabTopology.Batch(
        [
            .. LabTopology.Interface(LabPlan.LanInterface, [ClusterLabPlan.Inside(node)], []),
            .. LabTopology.Interface(LabPlan.WanInterface, [ClusterLabPlan.Outside(node)], []),
            .. LabTopology.Interface(ClusterLabPlan.ControlInterface, [ClusterLabPlan.Control(node)], []),
            "link set lo up",
            $"route add default via {LabPlan.Provider} dev {LabPlan.WanInterface}",
        ], gateway);
        LabTopology.Write(gateway, "ipv4/ip_forward", "0");
        LabTopology.Write(gateway, "ipv4/ip_local_port_range", LabTopology.KernelPorts);
    }
}
