using Natflow.Host.Lab;
using Natflow.Lab.Topology;

namespace Natflow.Lab.Faults;

/// <summary>The operator's network changes under a running gateway.</summary>
public sealed class NetworkChangeTests
{
    [LabTheory("curl")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Route_Moves_TrafficFollows(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        AssertForwards(lab);
        // Another router on the same link, which is the provider's own second address: known by another neighbour entry.
        lab.Wan.Run("ip addr add 203.0.113.253/32 dev gw");
        lab.Wan.Run("ip route add 203.0.113.0/24 dev gw metric 5"); // Stays when the first address goes.
        lab.Gateway.Run($"ip route replace default via 203.0.113.253 dev {LabPlan.WanInterface}");
        lab.Wan.Run($"ip addr del {LabPlan.Provider}/24 dev gw");
        lab.Gateway.Run($"ip neigh flush dev {LabPlan.WanInterface}");

        await Until.Holds("traffic goes by the new router", () => Forwards(lab));
    }

    [LabTheory("curl")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task NextHop_GetsAnotherMacWithoutAWord_TrafficFollowsInTheKernelsOwnTime(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        // Trusted for one to three seconds, then a second of doubt and three questions; the kernel's defaults are 30 s, 5 s and 1 s.
        lab.Gateway.Run($"sysctl -q -w net.ipv4.neigh.{LabPlan.WanInterface}.base_reachable_time_ms=2000");
        lab.Gateway.Run($"sysctl -q -w net.ipv4.neigh.{LabPlan.WanInterface}.delay_first_probe_time=1");
        lab.Gateway.Run($"sysctl -q -w net.ipv4.neigh.{LabPlan.WanInterface}.retrans_time_ms=200");
        lab.Gateway.Run($"ip neigh flush dev {LabPlan.WanInterface}"); // What is known already keeps its old times.
        await Until.Holds("the next hop is found anew", () => Forwards(lab));
        lab.Wan.Run("ip link set dev gw address 02:00:00:00:00:77");

        await Until.Holds("the kernel asks again and traffic follows", () => Forwards(lab));
    }

    [LabTheory("curl")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Subscriber_GetsAnotherMac_TrafficFollows(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        AssertForwards(lab);
        lab.A.Run("ip link set dev eth0 address 02:00:00:00:00:aa");

        await Until.Holds("answers reach the new address", () => Forwards(lab), seconds: 40);
    }

    [LabTheory("curl")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Uplink_Flaps_TrafficComesBack(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        AssertForwards(lab);
        lab.Gateway.Run($"ip link set dev {LabPlan.WanInterface} down");
        await Until.Holds("nothing passes", () => !Forwards(lab));
        lab.Gateway.Run($"ip link set dev {LabPlan.WanInterface} up");
        lab.Gateway.Run($"ip route replace default via {LabPlan.Provider} dev {LabPlan.WanInterface}");

        await Until.Holds("traffic comes back", () => Forwards(lab));
    }

    [LabTheory("curl")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Carrier_Flaps_TrafficComesBack(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        AssertForwards(lab);
        lab.Wan.Run("ip link set dev gw down");
        await Until.Holds("nothing passes", () => !Forwards(lab));
        lab.Wan.Run("ip link set dev gw up");

        await Until.Holds("traffic comes back", () => Forwards(lab));
    }

    [LabTheory("curl")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task UplinkAddress_Changes_NewFlowsUseTheNewOne(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, "natflow.nat.public = interface\n");
        AssertForwards(lab);
        // As a DHCP renewal with another address does it.
        lab.Gateway.Run($"ip addr flush dev {LabPlan.WanInterface} scope global");
        lab.Gateway.Run($"ip addr add 203.0.113.9/24 dev {LabPlan.WanInterface}");
        lab.Gateway.Run($"ip route replace default via {LabPlan.Provider} dev {LabPlan.WanInterface}");

        await Until.Holds("the server sees the new address", () =>
            lab.A.TryRun($"curl -sS --max-time 1 http://{LabPlan.HostX}/").Output.StartsWith("hello 203.0.113.9:", StringComparison.Ordinal));
    }

    private static void AssertForwards(TestLab lab) => lab.A.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");

    private static bool Forwards(TestLab lab) => lab.A.TryRun($"curl -sS --max-time 1 http://{LabPlan.HostX}/").ExitCode == 0;
}
