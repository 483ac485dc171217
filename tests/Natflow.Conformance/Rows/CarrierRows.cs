using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Conntrack;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>RFC 6888 and RFC 7422: many subscribers.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class CarrierRows(ConformanceReport report) : RequirementTests(report)
{
    private const uint ScatteredA = 0xC000_0207;
    private const uint ScatteredB = 0xC633_64C8;

    [Theory, Requirement("CGN-01")]
    public void CGN_01_AThousandSubscribers_EachTransportKeepsItsRules(BenchPath path) => Check(path, static bench =>
    {
        for (uint host = 0; host < 1000; host++)
        {
            uint inside = A + 20 + host;
            (uint, ushort) udp = bench.FromInside(Frames.Udp((inside, 5000), (X1, 53)))!.Packet.From;
            (uint, ushort) tcp = bench.FromInside(Frames.Syn((inside, 5000), (X1, 80)))!.Packet.From;
            Arrival ping = bench.FromInside(Frames.Ping(inside, X1, 5000))!;
            Assert.Equal(udp, bench.FromInside(Frames.Udp((inside, 5000), (Y, 99)))!.Packet.From);
            Assert.Equal((inside, (ushort)5000), bench.FromOutside(Frames.Udp((Y, 1), udp))?.Packet.To);
            Assert.Equal((inside, (ushort)5000), bench.FromOutside(Frames.SynAck((X1, 80), tcp))?.Packet.To);
            Assert.Equal(inside, bench.FromOutside(Frames.Pong(X1, ping.Packet.Source, ping.Packet.Identifier))?.Packet.Destination);
        }

        Assert.Equal(Procedures.Expected(FilteringMode.EndpointIndependent), bench.Filter());
    }, static settings => settings with { PublicAddresses = [E1, E2, ScatteredA, ScatteredB], FlowCapacity = 1 << 15, UserCapacity = 2048 });

    [Theory, Requirement("CGN-02")]
    public void CGN_02_OneAddress_AcrossTheTransports(BenchPath path) => Check(path, static bench =>
    {
        for (uint host = 0; host < 20; host++)
        {
            HashSet<uint> own = [bench.FromInside(Frames.Ping(A + host, X1, 7))!.Packet.Source];
            for (ushort port = 2000; port < 2100; port++)
            {
                own.Add(bench.FromInside(Frames.Udp((A + host, port), (X1, 53)))!.Packet.Source);
                own.Add(bench.FromInside(Frames.Syn((A + host, port), (X1, 80)))!.Packet.Source);
            }

            Assert.Single(own);
        }
    }, static settings => settings with { PublicAddresses = [E1, E2, ScatteredA] });

    [Theory, Requirement("CGN-03")]
    public void CGN_03_ScatteredAddress_LeavesAndComesBack_WithoutTouchingOthers(BenchPath path) => Check(path, static bench =>
    {
        uint[] hosts = [.. Enumerable.Range(0, 60).Select(static host => A + (uint)host)];
        (uint Address, ushort Port)[] before = [.. hosts.Select(host => bench.Map((host, 5000), (X1, 53)))];
        Assert.Equal(4, before.Select(static external => external.Address).Distinct().Count());
        bench.Plane.Withdraw(ScatteredA);
        bench.Settle();
        for (int i = 0; i < hosts.Length; i++)
        {
            (uint Address, ushort Port) now = bench.FromInside(Frames.Udp((hosts[i], 5000), (X1, 53)))!.Packet.From;
            Assert.Equal(before[i].Address != ScatteredA, now == before[i]);
            Assert.NotEqual(ScatteredA, now.Address);
        }

        Assert.True(bench.Plane.TryServe(ScatteredA));
        bench.Settle();
        Assert.Contains(ScatteredA, Enumerable.Range(100, 60).Select(host => bench.Map((A + (uint)host, 5000), (X1, 53)).Address));
    }, static settings => settings with { PublicAddresses = [E1, ScatteredA, ScatteredB, E2] });

    [Theory, Requirement("CGN-04")]
    public void CGN_04_PortQuota_RefusesTheNextMapping_AndNobodyElse(BenchPath path) => Check(path, static bench =>
    {
        for (ushort port = 2000; port < 2128; port++)
            bench.Map((A, port), (X1, 53));
        Assert.NotEqual(Side.Wan, bench.FromInside(Frames.Udp((A, 5000), (X1, 53)))?.Side);
        Assert.Equal(1ul, bench.Drops(DropReason.PortQuotaExceeded));
        Assert.Equal(Side.Wan, bench.FromInside(Frames.Udp((A, 2000), (X2, 53)))?.Side);
        Assert.All((uint[])[B, A + 7, A + 8], host => bench.Map((host, 5000), (X1, 53)));
    }, static settings => settings with { PortBlockSize = 64, BlocksPerUserMax = 2 });

    [Theory, Requirement("CGN-05")]
    public void CGN_05_RateOfNewMappings_IsBounded_AndOthersGoOn(BenchPath path) => Check(path, static bench =>
    {
        int made = Enumerable.Range(0, 1000).Count(i => bench.FromInside(Frames.Udp((A, (ushort)(2000 + i)), (X1, 53))) is { Side: Side.Wan });
        Assert.Equal(200, made);
        Assert.Equal(800ul, bench.Drops(DropReason.MappingRateExceeded));
        bench.Map((B, 4000), (X1, 53));
        bench.Wait(TimeSpan.FromMilliseconds(5));
        Assert.Equal(Side.Wan, bench.FromInside(Frames.Udp((A, 4000), (X1, 53)))?.Side);
    }, static settings => settings with { MappingsPerSecondMax = 200 });

    [Theory, Requirement("CGN-06")]
    public void CGN_06_FlowsOfASubscriberAndOfAMapping_AreBounded(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = default;
        for (ushort port = 100; port < 150; port++)
            external = bench.Map((A, 5000), (X1, port));
        Assert.NotEqual(Side.Wan, bench.FromInside(Frames.Udp((A, 5000), (X1, 9)))?.Side);
        Assert.Null(bench.FromOutside(Frames.Udp((Y, 9), external)));
        for (ushort port = 5001; port <= 5030; port++)
            bench.Map((A, port), (X1, 9));
        Assert.NotEqual(Side.Wan, bench.FromInside(Frames.Udp((A, 5031), (X1, 9)))?.Side);
        Assert.Equal(3ul, bench.Drops(DropReason.FlowQuotaExceeded));
        bench.Map((B, 5000), (X1, 9));
    }, static settings => settings with { FlowsPerMappingMax = 50, FlowsPerUserMax = 80 });

    [Theory, Requirement("CGN-07")]
    public void CGN_07_ExemptDestination_IsReachedUntranslated_BothWays(BenchPath path) => Check(path, static bench =>
    {
        Arrival? sent = bench.FromInside(Frames.Syn((A, 5000), (X2, 443)));
        Assert.Equal((Side.Wan, (A, (ushort)5000)), (sent!.Side, sent.Packet.From));
        Arrival? back = bench.FromOutside(Frames.SynAck((X2, 443), (A, 5000)));
        Assert.Equal((Side.Lan, (A, (ushort)5000)), (back!.Side, back.Packet.To));
        Assert.Equal(E1, bench.FromInside(Frames.Syn((A, 5000), (X1, 443)))?.Packet.Source);
        Assert.Equal(E1, bench.FromInside(Frames.Syn((A, 5000), (X2, 80)))?.Packet.Source);
        Assert.Null(bench.FromOutside(Frames.SynAck((X1, 443), (A, 5000))));
    }, static settings => settings with { ExemptDestinations = [new ExemptDestination(Prefix("198.51.100.11"), 443)] });

    [Theory, Requirement("CGN-08")]
    public void CGN_08_ByDefault_EverybodyIsLetIn(BenchPath path) => Check(path, static bench =>
    {
        Assert.Equal([true, true, true, true], bench.Filter());
        Assert.Equal([true, true, true, true], bench.Filter(tcp: true));
    });

    [Theory, Requirement("CGN-09")]
    public void CGN_09_ReleasedBlock_GoesToNobodyElseFor120Seconds(BenchPath path) => Check(path, static bench =>
    {
        uint[] users = [.. Users(bench, 3)];
        for (int i = 0; i < 2 / bench.Settings.ShardCount; i++)
            bench.Map((users[i], 5000), (X1, 53));
        bench.Wait(TimeSpan.FromSeconds(12));
        bench.Wait(TimeSpan.FromSeconds(2));
        Assert.Equal(0, bench.States.Sum(static state => state.Users.Count));
        Assert.NotEqual(Side.Wan, bench.FromInside(Frames.Udp((users[2], 5000), (X1, 53)))?.Side);
        bench.Wait(TimeSpan.FromMilliseconds(119_999));
        Assert.NotEqual(Side.Wan, bench.FromInside(Frames.Udp((users[2], 5000), (X1, 53)))?.Side);
        bench.Wait(TimeSpan.FromMilliseconds(1));
        bench.Map((users[2], 5000), (X1, 53));
    }, static settings => settings with
    {
        PortFirst = 65_280,
        PortBlockSize = 128,
        UserIdle = TimeSpan.FromSeconds(1),
        Timeouts = new FlowTimeouts { Udp = TimeSpan.FromSeconds(10) },
    });

    [Theory, Requirement("CGN-11")]
    public void CGN_11_FullTable_RefusesTheNew_AndKeepsTheOld(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort)[] external = [.. Enumerable.Range(0, 64).Select(i => bench.Map((A, (ushort)(5000 + i)), (X1, 53)))];
        byte[] next = Frames.Udp((A, 7000), (X1, 53));
        Arrival? answer = bench.FromInside(next);
        Assert.Equal((Side.Lan, A, (byte)3, (byte)1), (answer!.Side, answer.Packet.Destination, answer.Packet.Icmp.Type, answer.Packet.Icmp.Code));
        Quotes.AssertQuotes(next, answer.Packet.Quote);
        Assert.Null(bench.FromOutside(Frames.Udp((Y, 53), external[0])));
        Assert.Equal(2ul, bench.Drops(DropReason.FlowTableFull));
        for (int i = 0; i < 64; i++)
            Assert.Equal((A, (ushort)(5000 + i)), bench.FromOutside(Frames.Udp((X1, 53), external[i]))?.Packet.To);
    }, static settings => settings with { FlowCapacity = 64 });

    [Theory, Requirement("CGN-13")]
    public void CGN_13_PortsAreUsable_BeforeTheFirstRefusal(BenchPath path) => Check(path, static bench =>
    {
        uint[] users = [.. Users(bench, 32)];
        int taken = 0;
        for (ushort port = 2000; ; port++)
        {
            foreach (uint user in users)
            {
                if (bench.FromInside(Frames.Udp((user, port), (X1, 53))) is not { Side: Side.Wan })
                {
                    // Of the shard whose subscribers these are: each shard has its share of the blocks.
                    Assert.InRange(taken, (int)(8192 / bench.Settings.ShardCount * 0.95), 8192);
                    return;
                }

                taken++;
            }
        }
    }, static settings => settings with { PortFirst = 57_344, FlowCapacity = 16_384, BlocksPerUserMax = 64, IcmpErrorsInside = false });

    [Theory, Requirement("CGN-15")]
    public void CGN_15_PortsInsideABlock_AreHardToGuess(BenchPath path) => Check(
        path, static bench => PortSequence.AssertHardToGuess([.. Enumerable.Range(0, 2000).Select(i =>
            (int)bench.FromInside(Frames.Udp((A, (ushort)(3000 + i)), (X1, 53)))!.Packet.SourcePort)]),
        static settings => settings with { PortBlockSize = 4096 });

    [Theory, Requirement("CGN-17")]
    public void CGN_17_DeterministicPorts_AreThePlannedOnes_BothWays(BenchPath path) => Check(path, static bench =>
    {
        var plan = new DeterministicPlan(bench.Settings);
        var owners = new HashSet<(int, int)>();
        for (uint host = 0x0A00_0000; host < 0x0A00_0040; host++)
        {
            Assert.True(plan.TryFindRange(host, out int address, out int first));
            Assert.True(owners.Add((address, first)), "two subscribers have one range");
            Assert.True(plan.TryFindUser(address, first + 255, out uint back) && back == host);
            for (ushort port = 2000; port < 2040; port++)
                Assert.InRange(bench.FromInside(Frames.Udp((host, port), (X1, 53)))!.Packet.SourcePort, first, first + 255);
        }

        Assert.Empty(BlockEvents.Take(bench));
    }, static settings => settings with { LanPrefixes = [Prefix("10.0.0.0/26")], PortBlockSize = 64, DeterministicBlocksPerUser = 4 });

    [Theory, Requirement("CGN-19")]
    public void CGN_19_BlocksGrowAndComeBack_WithAnEventEach(BenchPath path) => Check(path, static bench =>
    {
        for (ushort port = 2000; port < 2150; port++)
            bench.Map((A, port), (X1, 53));
        List<PortBlockEvent> leases = BlockEvents.Take(bench);
        Assert.Equal(3, leases.Count(static lease => lease.Kind == PortBlockEventKind.Leased));
        Assert.Contains(leases, static lease => lease.Kind == PortBlockEventKind.ThresholdReached);
        for (int minute = 0; minute < 10; minute++)
            bench.Wait(TimeSpan.FromMinutes(1));
        List<PortBlockEvent> releases = BlockEvents.Take(bench);
        Assert.Equal(
            leases.Where(static lease => lease.Kind == PortBlockEventKind.Leased).Select(static lease => lease.FirstPort).Order(),
            releases.Where(static release => release.Kind == PortBlockEventKind.Released).Select(static release => release.FirstPort).Order());
    }, static settings => settings with { PortFirst = 65_024, PortBlockSize = 64, UserIdle = TimeSpan.FromMinutes(1), PoolThresholdPercent = 25 });

    // Subscribers of one shard, so that a few blocks are soon shared out.
    private static IEnumerable<uint> Users(GatewayBench bench, int count) =>
        Enumerable.Range(0, 4096).Select(static i => A + (uint)i).Where(host => bench.StateOf(host) == bench.StateOf(A)).Take(count);
}
