using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Shards;
using Natflow.Packets;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>Several gateways as one: what users see when another goes on.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class TakeoverRows(ConformanceReport report) : RequirementTests(report)
{
    private const int Hosts = 40;

    private static readonly (uint, ushort) Web = (X1, 443);

    [Theory, Requirement("HA-01")]
    public void HA_01_FlowsGoOn_AndNobodyIsResetBefore(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort)[] external = Open(bench);
        using var pair = new TakeoverBench(bench);
        pair.Tell();
        Assert.Empty(pair.Standby.Send(Natflow.Core.Side.Lan, Frames.Tcp((A, 5000), Web, TcpFlags.Ack))); // Not its own yet: no answer of any kind.
        Assert.Empty(pair.Standby.Send(Natflow.Core.Side.Wan, Frames.Tcp(Web, external[0], TcpFlags.Ack)));

        pair.TakeOver();

        for (uint host = 0; host < Hosts; host++)
        {
            Assert.Equal((A + host, (ushort)5000), pair.Standby.FromOutside(Frames.Tcp(Web, external[host], TcpFlags.Ack))?.Packet.To);
            Assert.Equal(external[host], pair.Standby.FromInside(Frames.Tcp((A + host, 5000), Web, TcpFlags.Ack))?.Packet.From);
        }
    });

    [Theory, Requirement("HA-02")]
    public void HA_02_ExternalEndpointsAndBlocks_AreTheSame(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort)[] external = Open(bench);
        (uint, ushort)[] datagrams = [.. Enumerable.Range(0, Hosts).Select(host => bench.Map((A + (uint)host, 6000), (X1, 53)))];
        using var pair = new TakeoverBench(bench);

        pair.HandOver();

        Assert.Equal(Blocks(bench), Blocks(pair.Standby));
        for (uint host = 0; host < Hosts; host++)
        {
            Assert.Equal(datagrams[host], pair.Standby.Map((A + host, 6000), (Y, 99))); // The mapping, not only the flow.
            Assert.Equal(external[host], pair.Standby.FromInside(Frames.Tcp((A + host, 5000), Web, TcpFlags.Ack))?.Packet.From);
        }
    });

    [Theory, Requirement("HA-03")]
    public void HA_03_TwoNodesWithTheirShards_NeverGiveOnePort(BenchPath path) => Check(path, static bench =>
    {
        using var other = new TakeoverBench(bench);
        for (int shard = 0; shard < bench.Settings.ShardCount; shard++)
        {
            bool isOwn = shard % 2 == 0;
            bench.Plane.SetOwnedUntil(shard, isOwn ? long.MaxValue : 0);
            other.Standby.Plane.SetOwnedUntil(shard, isOwn ? 0 : long.MaxValue);
        }

        var given = new HashSet<(uint, ushort)>();
        int count = 0;
        for (uint host = 0; host < 200; host++)
        {
            byte[] frame = Frames.Udp((A + host, 5000), (X1, 53));
            foreach (GatewayBench node in new[] { bench, other.Standby })
            {
                foreach (Arrival arrival in node.Send(Natflow.Core.Side.Lan, [.. frame]))
                {
                    Assert.True(given.Add(arrival.Packet.From), $"{arrival.Packet.From} was given twice");
                    count++;
                }
            }
        }

        Assert.Equal(200, count); // Each by one of the two.
    }, static settings => settings with { ShardCount = 4 });

    [Theory, Requirement("HA-04")]
    public void HA_04_FailBack_CutsNothing(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort)[] external = Open(bench);
        using var there = new TakeoverBench(bench);
        there.HandOver();
        using var back = new TakeoverBench(there.Standby);
        back.HandOver();
        for (uint host = 0; host < Hosts; host++)
        {
            Assert.Equal(external[host], back.Standby.FromInside(Frames.Tcp((A + host, 5000), Web, TcpFlags.Ack))?.Packet.From);
            Assert.NotNull(back.Standby.FromOutside(Frames.Tcp(Web, external[host], TcpFlags.Ack)));
        }
    });

    [Theory, Requirement("HA-05")]
    public void HA_05_LossOnTheSyncLink_IsMadeGoodByAWholeCopy(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort)[] external = Open(bench);
        using var pair = new TakeoverBench(bench);
        pair.Tell(static number => number % 3 == 1);

        pair.TellAll();
        pair.TakeOver();

        for (uint host = 0; host < Hosts; host++)
            Assert.NotNull(pair.Standby.FromOutside(Frames.Tcp(Web, external[host], TcpFlags.Ack)));
    });

    [Theory, Requirement("HA-06")]
    public void HA_06_UpgradeAndReload_KeepFlows(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort)[] external = Open(bench);
        using var pair = new TakeoverBench(bench);
        pair.HandOver(); // As a node does before it is replaced by another version.
        Task<IReadOnlyList<Natflow.Flows.PortForward>> applied = pair.Standby.Plane.Apply(pair.Standby.Settings with { FlowsPerUserMax = 100 });
        bool isApplied = SpinWait.SpinUntil(
            () =>
            {
                pair.Standby.Settle(); // What the plane asks next, it asks from the thread pool.
                return applied.IsCompleted;
            },
            TimeSpan.FromSeconds(30));
        Assert.True(isApplied);
        Assert.Empty(applied.GetAwaiter().GetResult());
        for (uint host = 0; host < Hosts; host++)
            Assert.Equal(external[host], pair.Standby.FromInside(Frames.Tcp((A + host, 5000), Web, TcpFlags.Ack))?.Packet.From);
    });

    [Theory, Requirement("HA-07")]
    public void HA_07_Counters_AreNeitherLostNorDoubled(BenchPath path) => Check(path, static bench =>
    {
        _ = Open(bench);
        for (uint host = 0; host < Hosts; host++)
            _ = bench.Map((A + host, 6000), (X1, 53));
        bench.Wait(TimeSpan.FromMinutes(10)); // Datagrams' flows are over.
        for (uint host = 0; host < Hosts; host++)
            Assert.NotNull(bench.FromInside(Frames.Tcp((A + host, 5000), Web, TcpFlags.Ack)));
        using var pair = new TakeoverBench(bench);

        pair.HandOver();

        Assert.Equal(TotalOf(bench), TotalOf(pair.Standby));
        Assert.NotEqual((0UL, 0UL), TotalOf(bench));
    });

    private static (uint, ushort)[] Open(GatewayBench bench) =>
        [.. Enumerable.Range(0, Hosts).Select(host => bench.Connect((A + (uint)host, 5000), Web))];

    private static List<(uint, ushort, uint)> Blocks(GatewayBench bench)
    {
        var blocks = new List<(uint, ushort, uint)>();
        foreach (ShardState state in bench.States)
        {
            for (uint block = 0; block < (uint)state.Blocks.BlockCount; block++)
            {
                if (state.Blocks.UserOf(block) is not Natflow.Flows.Table.FlowTable.None and uint user)
                    blocks.Add((state.Blocks.AddressBe(block), (ushort)state.Blocks.FirstPort(block), state.Users[user].AddressBe));
            }
        }

        return blocks;
    }

    private static (ulong Out, ulong In) TotalOf(GatewayBench bench)
    {
        (ulong Out, ulong In) total = default;
        foreach (ShardState state in bench.States)
        {
            for (uint user = 0; user < state.Users.UsedIndexEnd; user++)
                total = (total.Out + state.Users[user].EndedBytesOut, total.In + state.Users[user].EndedBytesIn);
            for (uint flow = 0; flow < state.Flows.UsedIndexEnd; flow++)
            {
                if (state.Flows.Flow(flow).State != FlowState.None)
                    total = (total.Out + state.Flows.Flow(flow).BytesOut, total.In + state.Flows.Flow(flow).BytesIn);
            }
        }

        return total;
    }
}
