using Natflow.Netlink;

namespace Natflow.Host.Lab;

/// <summary>
/// The lab's network: A and B on a switch with the gateway, the gateway on a link to the provider's router, X and Y behind that router.
/// Everything lies in namespaces of its own: nothing of the machine's own network is touched.
/// </summary>
internal static class LabTopology
{
    /// <summary>First port the gateway's kernel uses for itself: above the range that lab.conf gives to the NAT.</summary>
    internal const string KernelPorts = "61000 65535";

    /// <summary>Makes the namespaces, links, addresses and routes.</summary>
    /// <exception cref="LabException">The kernel or a tool refused.</exception>
    internal static void Build(LabNames names)
    {
        Batch(
        [
            .. names.All.Select(static name => $"netns add {name}"),
            Veth(names.A, "eth0", names.Lan, "a"),
            Veth(names.B, "eth0", names.Lan, "b"),
            Veth(names.Gateway, LabPlan.LanInterface, names.Lan, "gw"),
            Veth(names.Gateway, LabPlan.WanInterface, names.Wan, "gw"),
            Veth(names.X, "eth0", names.Wan, "x"),
            Veth(names.Y, "eth0", names.Wan, "y"),
        ]);
        ConfigureKernel(names);
        Batch(Host("eth0", [LabPlan.HostA], LabPlan.GatewayInside, [LabPlan.HostA6], LabPlan.GatewayInside6), names.A);
        Batch(Host("eth0", [LabPlan.HostB], LabPlan.GatewayInside, [LabPlan.HostB6], LabPlan.GatewayInside6), names.B);
        Batch(Host("eth0", [LabPlan.HostX, LabPlan.HostX2], LabPlan.ProviderOutside, [LabPlan.HostX6, "2001:db8:2::11"], "2001:db8:2::1"), names.X);
        Batch(Host("eth0", [LabPlan.HostY], LabPlan.ProviderOutside, [LabPlan.HostY6], "2001:db8:2::1"), names.Y);
        Batch(Bridge(["a", "b", "gw"]), names.Lan);
        Batch([.. Bridge(["x", "y"]), .. Router()], names.Wan);
        Batch(
        [
            .. Interface(LabPlan.LanInterface, [LabPlan.GatewayInside], [LabPlan.GatewayInside6]),
            .. Host(LabPlan.WanInterface, [LabPlan.Public1, LabPlan.Public2], LabPlan.Provider, [LabPlan.GatewayOutside6], LabPlan.Provider6),
        ], names.Gateway);
    }

    /// <summary>Ends every process in the lab's namespaces and removes them. Does nothing where there are none.</summary>
    internal static void Remove(LabNames names)
    {
        foreach (string name in names.Present())
        {
            LabProcess.KillAll(LabProcess.InNamespace(name));
            LabTool.Run(["ip", "netns", "del", name]);
        }
    }

    internal static string Veth(string name, string link, string peerNamespace, string peerLink) =>
        $"link add {link} netns {name} type veth peer name {peerLink} netns {peerNamespace}";

    internal static IEnumerable<string> Host(string link, string[] addresses, string gateway, string[] addresses6, string gateway6) =>
    [
        .. Interface(link, addresses, addresses6),
        "link set lo up",
        $"route add default via {gateway} dev {link}",
        $"route add default via {gateway6} dev {link}",
    ];

    internal static IEnumerable<string> Interface(string link, string[] addresses, string[] addresses6) =>
    [
        .. addresses.Select(address => $"addr add {address}/24 dev {link}"),
        // Without duplicate address detection an address is usable at once.
        .. addresses6.Select(address => $"addr add {address}/64 dev {link} nodad"),
        $"link set dev {link} up",
    ];

    internal static IEnumerable<string> Bridge(string[] ports) =>
    [
        "link add br0 type bridge",
        "link set br0 up",
        .. ports.Select(static port => $"link set dev {port} master br0 up"),
    ];

    private static IEnumerable<string> Router() =>
    [
        .. Interface("gw", [LabPlan.Provider], [LabPlan.Provider6]),
        .. Interface("br0", [LabPlan.ProviderOutside], ["2001:db8:2::1"]),
        "link set lo up",
        $"route add 2001:db8:1::/64 via {LabPlan.GatewayOutside6} dev gw",
    ];

    private static void ConfigureKernel(LabNames names)
    {
        foreach (string router in new[] { names.Gateway, names.Wan })
        {
            // A gateway's kernel may forward as well: the gateway has to keep it from doing its work twice.
            Write(router, "ipv4/ip_forward", "1");
            Write(router, "ipv6/conf/all/forwarding", "1");
            Write(router, "ipv4/icmp_ratelimit", "0");
        }

        Write(names.Gateway, "ipv4/ip_local_port_range", KernelPorts);
        foreach (string name in names.All)
            NetworkNamespace.Run(name, TrustAddresses);
    }

    // Until a link-local address is known to be nobody else's, a second after the link came up, the kernel asks for no neighbour.
    private static void TrustAddresses()
    {
        foreach (string link in Directory.GetDirectories("/proc/sys/net/ipv6/conf"))
            File.WriteAllText($"{link}/accept_dad", "0");
    }

    internal static void Write(string name, string key, string value) =>
        NetworkNamespace.Run(name, () => File.WriteAllText($"/proc/sys/net/{key}", value));

    internal static void Batch(IEnumerable<string> commands, string? name = null) =>
        LabTool.Run(name is null ? ["ip", "-batch", "-"] : ["ip", "-n", name, "-batch", "-"], string.Join('\n', commands) + "\n");
}
