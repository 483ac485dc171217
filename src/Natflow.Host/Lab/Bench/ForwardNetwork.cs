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
            $"link add {LabPlan.LanInterface} netns {names.Gateway} address 02:00:00:00:00:02 {Queues} type veth peer name {GeneratorInterface} netns {names.Lan} address 02:00:00:00:00:01 {Queues}",
            $"link add {LabPlan.WanInterface} netns {names.Gateway} address 02:00:00:00:00:03 {Queues} type veth peer name {SinkInterface} netns {names.Wan} address {SinkMac} {Queues}");
        Batch(names.Lan, $"link set dev {GeneratorInterface} up");
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
            $"route add default via {LabPlan.Provider} dev {LabPlan.WanInterface}");
        NetworkNamespace.Run(names.Gateway, static () =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            File.WriteAllText("/proc/sys/net/ipv4/ip_local_port_range", "61000 65535");
        });
        // A veth takes frames from inside the kernel (ndo_xdp_xmit) when its peer polls: with an XDP program, or with GRO.
        LabTool.Run(["ip", "netns", "exec", names.Gateway, "ethtool", "-K", LabPlan.LanInterface, "gro", "on"]);
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

    private static void Batch(string? name, params string[] commands) =>
        LabTool.Run(name is null ? ["ip", "-batch", "-"] : ["ip", "-n", name, "-batch", "-"], string.Join('\n', commands) + "\n");
}
