using System.Threading.Channels;
using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Core;
using Natflow.Gateway.Trace;
using Natflow.Gateway.Views;
using Natflow.Host.Settings;
using Natflow.Packets.Build;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>What operators of gateways ask for.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class OperationRows(ConformanceReport report) : RequirementTests(report)
{
    [Theory, Requirement("OPS-01")]
    public void OPS_01_TablesAreReadInBoundedPages_BesideForwarding(BenchPath path) => Check(path, static bench =>
    {
        for (int i = 0; i < 6000; i++)
            Assert.NotNull(bench.FromInside(Frames.Udp((A + (uint)(i % 60), (ushort)(2000 + (i / 60))), (X1, 53))));
        int found = 0;
        for (int shard = 0; shard < bench.Settings.ShardCount; shard++)
        {
            for (uint? from = 0; from is { } next;)
            {
                Task<Page<FlowView>> asked = bench.Plane.Ask<Page<FlowView>>(shard, new FlowPageRequest(FlowFilter.All, next, 500));
                Assert.NotNull(bench.FromInside(Frames.Udp((A, 2000), (X1, 53))));
                bench.Settle();
                Assert.True(asked.IsCompletedSuccessfully, "the shard does not answer between two bursts");
                Page<FlowView> page = asked.GetAwaiter().GetResult();
                Assert.InRange(page.Items.Count, 0, 500);
                found += page.Items.Count;
                from = page.Next;
            }
        }

        Assert.Equal(6000, found);
    });

    [Theory, Requirement("OPS-02")]
    public void OPS_02_OneBusyHost_StarvesNobody(BenchPath path) => Check(path, static bench =>
    {
        for (int i = 0; i < 5000; i++)
            bench.FromInside(Frames.Syn((A, (ushort)(1024 + i)), (X1 + (uint)(i % 200), (ushort)(i % 1024))), mayEdit: true);
        Assert.InRange(bench.States.Sum(static state => state.Flows.Count), 1, 500);
        for (uint host = 1; host < 100; host++)
            bench.Connect((A + host, 5000), (X1, 80));
    }, static settings => settings with { FlowsPerUserMax = 500, FlowCapacity = 1024 });

    [Theory, Requirement("OPS-03")]
    public void OPS_03_ChangedUplinkAddress_FlushesOnlyItsOwnFlows(BenchPath path) => Check(path, static bench =>
    {
        uint[] hosts = [.. Enumerable.Range(0, 40).Select(static host => A + (uint)host)];
        (uint Address, ushort Port)[] before = [.. hosts.Select(host => bench.Map((host, 5060), (X1, 5060)))];
        bench.Plane.Withdraw(E1);
        bench.Settle();
        for (int i = 0; i < hosts.Length; i++)
        {
            Assert.Equal(before[i].Address == E2, bench.FromOutside(Frames.Udp((X1, 5060), before[i])) is not null);
            (uint Address, ushort Port) now = bench.FromInside(Frames.Udp((hosts[i], 5060), (X1, 5060)))!.Packet.From;
            Assert.Equal(E2, now.Address);
            Assert.Equal(before[i].Address == E2, now == before[i]);
            Assert.Equal((hosts[i], (ushort)5060), bench.FromOutside(Frames.Udp((X1, 5060), now))?.Packet.To);
        }

        Assert.True(bench.Plane.TryServe(E1));
        bench.Settle();
        Assert.All(hosts, host => Assert.Equal(E2, bench.FromInside(Frames.Udp((host, 5060), (X1, 5060)))!.Packet.Source));
    }, static settings => settings with { PublicAddresses = [E1, E2] });

    [Theory, Requirement("OPS-04")]
    public void OPS_04_EachDropHasItsReasonCounted(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Connect((A, 5000), (X1, 80));
        (DropReason Reason, Side Side, byte[] Frame)[] provoked =
        [
            (DropReason.SpoofedSource, Side.Lan, Frames.Udp((0x0A01_0001, 1), (X1, 53))),
            (DropReason.MartianAddress, Side.Lan, Frames.Udp((0x7F00_0001, 1), (X1, 53))),
            (DropReason.NoMapping, Side.Wan, Frames.Udp((X1, 53), (E1, 999))),
            (DropReason.TcpNotSyn, Side.Wan, Frames.Tcp((Y, 80), external, 0x10)),
            (DropReason.TtlExpired, Side.Lan, Frames.Udp((A, 5000), (X1, 53), ttl: 1)),
            (DropReason.UnsupportedProtocol, Side.Lan, PacketBuilder.Ethernet().Ipv4(A, X1).Protocol(47).Payload([1, 2, 3, 4]).ToArray()),
            (DropReason.UnsupportedIcmp, Side.Lan, PacketBuilder.Ethernet().Ipv4(A, X1).Icmp(9, 0, 0).Payload(new byte[8]).ToArray()),
            (DropReason.IcmpErrorNoFlow, Side.Wan, Frames.Error(Y, Frames.Udp((E1, 9), (X1, 53)), 3, 1)),
            (DropReason.NoRoute, Side.Wan, Frames.Udp((X1, 53), (Y, 9))),
            (DropReason.Truncated, Side.Lan, Frames.Udp((A, 5000), (X1, 53))[..30]),
        ];
        foreach ((DropReason reason, Side side, byte[] frame) in provoked)
        {
            ulong[] before = [.. Enum.GetValues<DropReason>().Select(bench.Drops)];
            bench.Send(side, frame, isHostile: true);
            DropReason[] charged = [.. Enum.GetValues<DropReason>().Where((one, i) => bench.Drops(one) != before[i])];
            Assert.Equal([reason], charged);
            Assert.Equal(before[Array.IndexOf(Enum.GetValues<DropReason>(), reason)] + 1, bench.Drops(reason));
        }
    }, static settings => settings with { IcmpErrorsInside = false });

    [Theory, Requirement("OPS-05", BenchPath.Slow)]
    public void OPS_05_WrongConfiguration_IsRefusedAsAWhole_WithLineAndPath(BenchPath path) => CheckAlone(path, static () =>
    {
        const string Good = "natflow {\n  ports { lan = [ eth1 ], wan = [ eth0 ] }\n  nat.timeouts.udp = 5m\n}\n";
        Assert.True(SettingsLoader.Parse(Good).IsValid);
        foreach ((string from, string to, int line, string key) in ((string, string, int, string)[])
                 [("5m", "soon", 3, "udp"), ("nat.timeouts.udp", "nat.timeouts.upd", 3, "upd"), ("lan = [ eth1 ]", "lan = 7.5", 2, "lan")])
        {
            SettingsResult result = SettingsLoader.Parse(Good.Replace(from, to, StringComparison.Ordinal), "box.conf");
            Assert.Null(result.Settings);
            Assert.Contains(result.Errors, error => error.ToString().StartsWith($"box.conf:{line}", StringComparison.Ordinal)
                && error.Path.Contains(key, StringComparison.Ordinal));
        }
    });

    /// <summary>The bench's own promise: the paths are what they are called.</summary>
    [Theory, InlineData(BenchPath.Slow, false), InlineData(BenchPath.Fast, true), InlineData(BenchPath.Handoff, true)]
    public void Bench_Path_IsTheOneItsNameSays(BenchPath path, bool isFast)
    {
        using var log = new WireLog("bench-" + path);
        using var bench = new GatewayBench(path, GatewayBench.Defaults, log);
        (uint, ushort) external = bench.Map((A, 5000), (X1, 53));
        var traces = Channel.CreateUnbounded<PacketTrace>();
        bench.Plane.TellAll(new TraceRequest(FlowFilter.All, traces.Writer, CancellationToken.None));
        bench.Settle();
        bench.FromInside(Frames.Udp((A, 5000), (X1, 53)));
        bench.FromOutside(Frames.Udp((X1, 53), external));
        Assert.True(traces.Reader.TryRead(out PacketTrace? sent));
        Assert.True(traces.Reader.TryRead(out PacketTrace? back));
        Assert.Equal((isFast, isFast), (sent!.IsFastPath, back!.IsFastPath));
    }
}
