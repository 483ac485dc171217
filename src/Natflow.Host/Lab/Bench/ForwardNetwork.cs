using Natflow.Netlink;

namespace Natflow.Host.Lab.Bench;

/// <summary>Generator, gateway and sink, joined by veth pairs of one queue each.</summary>
internal static class ForwardNetwork
{
    /// <summary>Interface of the generator.</summary>
    internal const string GeneratorInterface = "gen0";

    /// <summary>Interface of the sink.</summary>
    internal const string SinkInterface = "sink0";

    /// <summary>Ethernet address of the generator.</summary>
    internal const ulong GeneratorMac = 0x0200_0000_0001;

    /// <summary>Ethernet address of the gateway inside.</summary>
    internal const ulong GatewayMac = 0x0200_0000_0002;

    /// <summary>Address of the host at the generator's interface.</summary>
    internal const string HostAddress = "10.0.0.2";

    /// <summary>Prefix of all hosts inside.</summary>
    internal const string Inside = "10.0.0.0/15";

    /// <summary>Address of the server on the link without a gateway.</summary>
    internal const string DirectAddress = "192.0.2.2";

    private const string DirectInterface = "direct0";
    private const string HostsBehind = "10.1.0.0/16";
    private const string GeneratorMacText = "02:00:00:00:00:01";
    private const string Queues = "numrxqueues 1 numtxqueues 1";
    private const string SinkMac = "02:00:00:00:00:04";

    /// <summary>Makes it. The generator takes the place of the LAN's switch, the sink that of the provider's router.</summary>
    internal static void Build(LabNames names)
    {
        Batch(
            null,
            $"netns add {names.Lan}",
            $"netns add {names.Gateway}",
            $"netns add {names.Wan}",
            $"link add {LabPlan.LanInterface} netns {names.Gateway} address 02:00:00:00:00:02 {Queues} type veth peer name {GeneratorInterface} netns {names.Lan} address {GeneratorMacText} {Queues}",
            $"link add {LabPlan.WanInterface} netns {names.Gateway} address 02:00:00:00:00:03 {Queues} type veth peer name {SinkInterface} netns {names.Wan} address {SinkMac} {Queues}");
        Batch(
            names.Lan,
            $"addr add {HostAddress}/16 dev {GeneratorInterface}",
            $"link set dev {GeneratorInterface} up",
            $"route add default via {LabPlan.GatewayInside} dev {GeneratorInterface}");
        Batch(names.Wan, $"addr add {LabPlan.Provider}/24 dev {SinkInterface}", $"link set dev {SinkInterface} up");
        Batch(
            names.Gateway,
            "link set lo up",
            $"addr add {LabPlan.GatewayInside}/16 dev {LabPlan.LanInterface}",
            $"addr add {LabPlan.Public1}/24 dev {LabPlan.WanInterface}",
            $"addr add {LabPlan.Public2}/24 dev {LabPlan.WanInterface}",
            $"link set dev {LabPlan.LanInterface} up",
            $"link set dev {LabPlan.WanInterface} up",
            $"neigh add {LabPlan.Provider} lladdr {SinkMac} nud permanent dev {LabPlan.WanInterface}",
            $"neigh add {HostAddress} lladdr {GeneratorMacText} nud permanent dev {LabPlan.LanInterface}",
            $"route add {HostsBehind} via {HostAddress} dev {LabPlan.LanInterface}",
            $"route add default via {LabPlan.Provider} dev {LabPlan.WanInterface}");
        NetworkNamespace.Run(names.Gateway, static () =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            File.WriteAllText("/proc/sys/net/ipv4/ip_local_port_range", "61000 65535");
        });
        // A veth takes frames from inside the kernel (ndo_xdp_xmit) when its peer polls: with an XDP program, or with GRO.
        foreach (string link in new[] { LabPlan.LanInterface, LabPlan.WanInterface })
            SetFeatures(names.Gateway, link, "gro", "on");
    }

    /// <summary>Removes it, as far as it was made.</summary>
    internal static void Remove(LabNames names)
    {
        foreach (string name in new[] { names.Lan, names.Gateway, names.Wan })
        {
            if (File.Exists($"/run/netns/{name}"))
                LabTool.Run(["ip", "netns", "delete", name]);
        }
    }

    /// <summary>Has the kernel translate, or no longer.</summary>
    internal static void SetKernelNat(LabNames names, bool isOn) => LabTool.Run(
        ["ip", "netns", "exec", names.Gateway, "nft", "-f", "-"],
        isOn
            ? $$"""
                table ip lab {
                    chain out {
                        type nat hook postrouting priority srcnat;
                        oifname "{{LabPlan.WanInterface}}" masquerade
                    }
                }

                """
            : "delete table ip lab\n");

    /// <summary>Has threads receive at the gateway's interfaces, or no longer.</summary>
    internal static void SetReceiveThreads(LabNames names, bool isOn)
    {
        foreach (string link in new[] { LabPlan.LanInterface, LabPlan.WanInterface })
            LabTool.Run(["ip", "netns", "exec", names.Gateway, "tee", $"/sys/class/net/{link}/threaded"], isOn ? "1" : "0");
    }

    /// <summary>Joins host and server directly: what they can do without a gateway.</summary>
    internal static void AddDirectLink(LabNames names)
    {
        Batch(null, $"link add {DirectInterface} netns {names.Lan} {Queues} type veth peer name {DirectInterface} netns {names.Wan} {Queues}");
        Batch(names.Lan, $"addr add 192.0.2.1/24 dev {DirectInterface}", $"link set dev {DirectInterface} up");
        Batch(names.Wan, $"addr add {DirectAddress}/24 dev {DirectInterface}", $"link set dev {DirectInterface} up");
    }

    /// <summary>Has host and server meet over a bridge in the gateway's place, or no longer.</summary>
    internal static void SetBridged(LabNames names, bool isOn)
    {
        string change = isOn ? "replace" : "delete";
        Batch(names.Lan, $"neigh {change} {LabPlan.GatewayInside} lladdr {SinkMac} nud permanent dev {GeneratorInterface}");
        Batch(
            names.Wan,
            $"neigh {change} {HostAddress} lladdr {GeneratorMacText} nud permanent dev {SinkInterface}",
            $"route {change} {HostAddress}/32 dev {SinkInterface}");
    }

    /// <summary>Has host and server finish checksums and cut segments themselves.</summary>
    internal static void FinishSegments(LabNames names)
    {
        foreach ((string name, string link) in new[]
        {
            (names.Lan, GeneratorInterface), (names.Wan, SinkInterface), (names.Lan, DirectInterface), (names.Wan, DirectInterface),
        })
        {
            SetFeatures(name, link, "tx", "off", "tso", "off", "gso", "off", "gro", "on");
        }
    }

    /// <summary>Sets features of an interface.</summary>
    /// <param name="name">Its namespace.</param>
    /// <param name="link">The interface.</param>
    /// <param name="features">As <c>ethtool -K</c> takes them.</param>
    internal static void SetFeatures(string name, string link, params string[] features) =>
        LabTool.Run(["ip", "netns", "exec", name, "ethtool", "-K", link, .. features]);

    private static void Batch(string? name, params string[] commands) =>
        LabTool.Run(name is null ? ["ip", "-batch", "-"] : ["ip", "-n", name, "-batch", "-"], string.Join('\n', commands) + "\n");
}
