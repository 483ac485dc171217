using System.Net;
using System.Net.Sockets;
using Natflow.Flows.Offers;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;
using Natflow.Management.Control;

namespace Natflow.Lab.Offload;

/// <summary>Hairpinned flows and flows of IPv6 through the soft PPE of a running gateway.</summary>
public sealed class FamilyTests
{
    private const int Datagrams = 20_000;
    private const int External = 8003;

    [LabFact("ethtool")]
    public async Task Hairpin_BothFlowsAreOffloaded_TotalsAreExact()
    {
        await using TestLab lab = await TestLab.Up(
            LabMode.AfXdp,
            $"{OffloadLab.Engine}natflow.nat.port-forwards = [ {{ protocol = udp, address = {LabPlan.Public1}, port = {External}, to = {LabPlan.HostB}, to-port = {OffloadLab.Port} }} ]\n");
        OffloadLab.Prepare(lab);
        using Socket a = OffloadLab.Bind(lab.A, LabPlan.HostA);
        using Socket b = OffloadLab.Bind(lab.B, LabPlan.HostB);
        var external = new IPEndPoint(IPAddress.Parse(LabPlan.Public1), External);
        int sent = await OffloadLab.Offload(lab, a, external, b);
        ulong before = OffloadLab.Stats(lab).OffloadedPackets;

        OffloadLab.Exchange(a, external, b, Datagrams);

        ulong total = (ulong)(sent + Datagrams);
        await Until.Holds("both flows' totals are what the sockets counted", () => OffloadLab.Flows(lab) is { Count: 2 } flows
            && flows.All(flow => flow.PacketsOut == total && flow.PacketsIn == total));
        Assert.All(OffloadLab.Flows(lab), flow =>
        {
            Assert.True(flow.Hairpin);
            Assert.Equal((total * OffloadLab.PacketBytesOf(AddressFamily.InterNetwork), total * OffloadLab.PacketBytesOf(AddressFamily.InterNetwork)), (flow.BytesOut, flow.BytesIn));
        });
        // Each packet is of both flows.
        Assert.InRange(OffloadLab.Stats(lab).OffloadedPackets - before, 4UL * Datagrams * 9 / 10, ulong.MaxValue);
    }

    [LabTheory("ethtool")]
    [InlineData("", LabPlan.HostA6)]
    [LongInlineData("natflow.ipv6.nat66 { enabled = on, outside = [ \"2001:db8:f::1:1\" ] }\n", "2001:db8:f::1:1")]
    [InlineData("natflow.ipv6.nptv6 = [ { inside = \"2001:db8:1::/64\", outside = \"2001:db8:77:7::/64\" } ]\n", "2001:db8:77:7:")]
    public async Task Ipv6_UdpFlow_IsOffloaded_TotalsAreExact_AndShown(string mode, string outside)
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine + mode);
        OffloadLab.Prepare(lab);
        foreach (string translated in new[] { "2001:db8:f::1:1/128", "2001:db8:77::/48" })
            lab.Wan.Run($"ip -6 route replace {translated} via {LabPlan.GatewayOutside6} dev gw");
        using Socket a = OffloadLab.Bind(lab.A, LabPlan.HostA6);
        using Socket x = OffloadLab.Bind(lab.X, LabPlan.HostX6);
        var server = new IPEndPoint(IPAddress.Parse(LabPlan.HostX6), OffloadLab.Port);
        int sent = await OffloadLab.Offload(lab, a, server, x);
        ulong before = OffloadLab.Stats(lab).OffloadedPackets;

        OffloadLab.Exchange(a, server, x, Datagrams);

        ulong total = (ulong)(sent + Datagrams);
        await Until.Holds("the totals are what the sockets counted", () => OffloadLab.Flow(lab) is { } flow && flow.PacketsOut == total && flow.PacketsIn == total);
        FlowModel exact = OffloadLab.Flow(lab);
        Assert.Equal(total * OffloadLab.PacketBytesOf(AddressFamily.InterNetworkV6), exact.BytesOut);
        Assert.Equal(total * OffloadLab.PacketBytesOf(AddressFamily.InterNetworkV6), exact.BytesIn);
        Assert.InRange(OffloadLab.Stats(lab).OffloadedPackets - before, 2UL * Datagrams * 9 / 10, ulong.MaxValue);
        Assert.Equal($"[{LabPlan.HostA6}]:{OffloadLab.Port}", exact.Inside);
        Assert.StartsWith($"[{outside}", exact.External, StringComparison.Ordinal);
        string shown = lab.Gateway.Run(string.Join(' ', [.. TestLab.Natflow, "offload", "show", "--json", "--address", LabPlan.HostX6, "--run-dir", lab.RunDirectory]));
        Assert.Contains($"\"[{LabPlan.HostX6}]:{OffloadLab.Port}\"", shown, StringComparison.Ordinal);
        Assert.Contains(nameof(OffloadReason.Offloaded), shown, StringComparison.Ordinal);
    }

    [LabTheory("ethtool")]
    [LongInlineData("mt7621", 1)]
    [InlineData("mt7986", 2)]
    [LongInlineData("mt7988", 3)]
    public async Task Show_AsMediaTek_PrintsTheBoundFlowsAsTheKernelWould(string soc, int engines)
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine);
        OffloadLab.Prepare(lab);
        using Socket a = OffloadLab.Bind(lab.A, LabPlan.HostA);
        using Socket x = OffloadLab.Bind(lab.X, LabPlan.HostX);
        _ = await OffloadLab.Offload(lab, a, new IPEndPoint(IPAddress.Parse(LabPlan.HostX), OffloadLab.Port), x);
        string external = OffloadLab.Flow(lab).External;

        string shown = lab.Gateway.Run(string.Join(' ', [.. TestLab.Natflow, "offload", "show", "--ppe", "mtk", "--soc", soc, "--run-dir", lab.RunDirectory]));

        string[] lines = shown.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(engines == 1 ? 0 : engines, lines.Count(static line => line.StartsWith("==> ppe", StringComparison.Ordinal)));
        string server = $"{LabPlan.HostX}:{OffloadLab.Port}";
        string host = $"{LabPlan.HostA}:{OffloadLab.Port}";
        Assert.Single(lines, line => line.Contains($"BND IPv4 5T orig={host}->{server} new={external}->{server} eth=", StringComparison.Ordinal));
        Assert.Single(lines, line => line.Contains($"BND IPv4 5T orig={server}->{external} new={server}->{host} eth=", StringComparison.Ordinal));
    }
}
