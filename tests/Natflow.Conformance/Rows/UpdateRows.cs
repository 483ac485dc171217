using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Packets;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>RFC 7857: what changed since.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class UpdateRows(ConformanceReport report) : RequirementTests(report)
{
    [Theory, Requirement("U-02")]
    public void U_02_PortsAreShared_ByTheClassThatGaveEimUpAlone(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort)[] shared = [.. Enumerable.Range(0, 120).Select(i => bench.Map((A, 5000), (X1 + (uint)i, 443)))];
        (uint, ushort)[] other = [.. Enumerable.Range(0, 60).Select(i => bench.Map((A, (ushort)(6000 + i)), (X1, 53)))];
        Assert.True(shared.Distinct().Count() < 100, "no port is shared");
        Assert.Equal(60, other.Distinct().Count());
        Assert.Empty(shared.Intersect(other));
        Assert.Single(Enumerable.Range(0, 20).Select(i => bench.Map((A, 7000), (X1 + (uint)i, 53))).Distinct());
        for (int i = 0; i < shared.Length; i++)
            Assert.Equal((A, (ushort)5000), bench.FromOutside(Frames.Udp((X1 + (uint)i, 443), shared[i]))?.Packet.To);
    }, static settings => settings with { EndpointDependentPorts = [443], PortFirst = 65_024, PortBlockSize = 64 });

    [Theory, Requirement("U-03")]
    public void U_03_ExhaustedAddress_RefusesOrSpills_ByOption(BenchPath path) => CheckEach(
        path, [false, true], static (settings, spills) => settings with
        {
            PublicAddresses = [E1, E2],
            PortFirst = 65_408,
            PortBlockSize = 64,
            SpillToOtherAddresses = spills,
        },
        static (bench, spills) =>
        {
            int blocksAnAddress = 2 / bench.Settings.ShardCount;
            Arrival?[] sent = [.. Enumerable.Range(0, (blocksAnAddress * 64) + 10).Select(i => bench.FromInside(Frames.Udp((A, (ushort)(3000 + i)), (X1, 53))))];
            Arrival[] forwarded = [.. sent.OfType<Arrival>().Where(static arrival => arrival.Side == Side.Wan)];
            Assert.Equal(spills ? sent.Length : blocksAnAddress * 64, forwarded.Length);
            Assert.Equal(spills ? 2 : 1, forwarded.Select(static arrival => arrival.Packet.Source).Distinct().Count());
            Assert.Equal(spills, BlockEvents.Take(bench).Exists(static e => e.Kind == PortBlockEventKind.Spilled));
            if (!spills)
                Assert.Equal(((byte)3, (byte)1), (sent[^1]!.Packet.Icmp.Type, sent[^1]!.Packet.Icmp.Code));
        });

    [Theory, Requirement("U-04")]
    public void U_04_MappingsOfUdpAndTcp_AreApart(BenchPath path) => Check(path, static bench =>
    {
        var pairs = Enumerable.Range(6000, 20).Select(port => (Udp: bench.Map((A, (ushort)port), (X1, 53)), Tcp: bench.Connect((A, (ushort)port), (X1, 80)))).ToArray();
        Assert.Contains(pairs, static pair => pair.Udp != pair.Tcp);
        for (int i = 0; i < pairs.Length; i++)
        {
            (uint, ushort) inside = (A, (ushort)(6000 + i));
            Assert.Equal(inside, bench.FromOutside(Frames.Udp((X1, 53), pairs[i].Udp))?.Packet.To);
            Assert.Equal(inside, bench.FromOutside(Frames.Tcp((X1, 80), pairs[i].Tcp, TcpFlags.Ack, 3))?.Packet.To);
        }
    });

    [Theory, Requirement("U-05")]
    public void U_05_UdpMapping_LetsNoSynIn(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) udp = bench.Map((A, 6000), (X1, 53));
        Assert.Null(bench.FromOutside(Frames.Syn((Y, 1234), udp)));
        Assert.Equal((A, (ushort)6000), bench.FromOutside(Frames.Udp((Y, 1234), udp))?.Packet.To);
    });

    [Theory, Requirement("U-06")]
    public void U_06_StrangerKeepsAMappingAlive_OnlyWhereSwitchedOn(BenchPath path) => CheckEach(
        path, [true, false], static (settings, refreshes) => settings with { UdpInboundRefresh = refreshes }, static (bench, refreshes) =>
        {
            (uint, ushort) external = bench.Map((A, 5000), (X1, 53));
            for (int seconds = 0; seconds < 290; seconds += 29)
                Assert.True(bench.IsAliveAfter(TimeSpan.FromSeconds(29), external, (Y, 99)), $"{seconds} s");
            Assert.Equal(refreshes, bench.IsAliveAfter(TimeSpan.FromSeconds(29), external, (Y, 99)));
        });

    [Theory, Requirement("U-07")]
    public void U_07_AnswersToUnwantedPackets_RefreshNothing(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) tcp = bench.Map((A, 5000), (X1, 80), tcp: true);
        for (int seconds = 0; seconds < 239; seconds += 30)
        {
            (uint, ushort) prober = (Y, (ushort)(3000 + seconds));
            Assert.NotNull(bench.FromOutside(Frames.Syn(prober, tcp)));
            bench.FromInside(Frames.Tcp((A, 5000), prober, TcpFlags.Rst | TcpFlags.Ack));
            bench.Wait(TimeSpan.FromSeconds(30));
        }

        bench.Wait(TimeSpan.FromSeconds(2));
        Assert.Null(bench.FromOutside(Frames.Syn((Y, 9999), tcp)));

        (uint, ushort) udp = bench.Map((A, 5000), (X1, 53));
        for (int seconds = 0; seconds < 290; seconds += 29)
        {
            Arrival probe = bench.FromOutside(Frames.Udp((Y, 99), udp))!;
            bench.FromInside(Frames.Error(A, probe.Frame, 3, 3));
            bench.Wait(TimeSpan.FromSeconds(29));
        }

        Assert.False(bench.IsAliveAfter(TimeSpan.FromSeconds(12), udp, (Y, 99)));
    });

    [Theory, Requirement("U-08")]
    public void U_08_ParityMayBeOff(BenchPath path) => Check(
        path, static bench => Assert.Contains(Enumerable.Range(4000, 60), port => bench.Map((A, (ushort)port), (X1, 53)).Port % 2 != port % 2),
        static settings => settings with { PortParity = false });

    [Theory, Requirement("U-09")]
    public void U_09_PortsAreChosenAtRandom(BenchPath path) => Check(
        path, static bench => PortSequence.AssertHardToGuess([.. Enumerable.Range(0, 2000).Select(i =>
            (int)bench.FromInside(Frames.Syn((A + ((uint)i % 100), (ushort)(3000 + (i / 100))), (X1, 80)))!.Packet.SourcePort)]),
        static settings => settings with { Seed = 99 });

    [Theory, Requirement("U-10")]
    public void U_10_EqualIdentificationsOfTwoHosts_LeaveDifferent(BenchPath path) => Check(path, static bench =>
    {
        uint[] hosts = [A, B, A + 7, A + 8];
        IReadOnlyList<byte[]>[] fragments = [.. hosts.Select(static host => Frames.Fragments(Frames.Udp((host, 5000), (X1, 53), payloadBytes: 3000), 1480, 7))];
        var left = new List<byte[]>[hosts.Length];
        for (int i = 0; i < fragments[0].Count; i++)
        {
            for (int host = 0; host < hosts.Length; host++)
                (left[host] ??= []).Add(bench.FromInside(fragments[host][i])!.Frame);
        }

        Assert.All(left, static own => Assert.NotNull(Frames.Reassemble(own)));
        Assert.Equal(hosts.Length, left.Select(static own => PacketView.Of(own[0]).Identification).Distinct().Count());
    });

    [Theory, Requirement("U-11")]
    public void U_11_QueryMapping_GoesWithItsLastSession(BenchPath path) => Check(path, static bench =>
    {
        bench.FromInside(Frames.Ping(A, X1, 7));
        bench.FromInside(Frames.Ping(A, X2, 7));
        Assert.Equal(1, bench.States.Sum(static state => state.Mappings.Count));
        bench.Wait(TimeSpan.FromSeconds(62));
        Assert.Equal(0, bench.States.Sum(static state => state.Mappings.Count));
    });

    [Theory, Requirement("U-12")]
    public void U_12_HairpinnedQuery_ReachesTheOneToOneHost_AndIsAnswered(BenchPath path) => Check(path, static bench =>
    {
        Arrival? ping = bench.FromInside(Frames.Ping(A, E2, 5));
        Assert.Equal((Side.Lan, E1, B), (ping!.Side, ping.Packet.Source, ping.Packet.Destination));
        Arrival? pong = bench.FromInside(Frames.Pong(B, E1, ping.Packet.Identifier));
        Assert.Equal((Side.Lan, E2, A, (ushort)5), (pong!.Side, pong.Packet.Source, pong.Packet.Destination, pong.Packet.Identifier));
    }, static settings => settings with { PublicAddresses = [E1, E2], StaticAddresses = [new StaticAddress(E2, B)] });
}
