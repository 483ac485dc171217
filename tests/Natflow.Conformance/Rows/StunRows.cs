using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Flows;
using Natflow.Flows.Conntrack;
using Natflow.Host.NatTest;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>RFC 5780 from end to end: the product's client behind the gateway, a server written apart from it outside.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class StunRows(ConformanceReport report) : RequirementTests(report)
{
    [Theory, Requirement("STUN-01")]
    public void STUN_01_MappingTest_ReportsWhatIsConfigured(BenchPath path) => CheckEach(
        path, Enum.GetValues<MappingMode>(), static (settings, mode) => settings with { Mapping = mode }, static (bench, mode) => Assert.Equal(
            mode == MappingMode.EndpointIndependent ? NatBehaviour.EndpointIndependent : NatBehaviour.AddressAndPortDependent, new BenchStun(bench).Run().Mapping));

    [Theory, Requirement("STUN-02")]
    public void STUN_02_FilteringTest_ReportsWhatIsConfigured(BenchPath path) => CheckEach(
        path, Enum.GetValues<FilteringMode>(), static (settings, mode) => settings with { Filtering = mode },
        static (bench, mode) => Assert.Equal(mode.ToString(), new BenchStun(bench).Run().Filtering.ToString()));

    [Theory, Requirement("STUN-03")]
    public void STUN_03_HairpinTest_Succeeds(BenchPath path) => Check(path, static bench => Assert.True(new BenchStun(bench).Run().IsHairpinning));

    [Theory, Requirement("STUN-04")]
    public void STUN_04_LifetimeTest_FindsTheTimerWithinAStep(BenchPath path) => CheckEach(
        path, [120, 300], static (settings, seconds) => settings with { Timeouts = new FlowTimeouts { Udp = TimeSpan.FromSeconds(seconds) } }, static (bench, seconds) =>
        {
            NatTestReport found = new BenchStun(bench).Run(TimeSpan.FromSeconds(600));
            Assert.NotNull(found.LifetimeBelow);
            Assert.InRange(TimeSpan.FromSeconds(seconds), found.LifetimeAtLeast!.Value, found.LifetimeBelow.Value);
            Assert.InRange(found.LifetimeBelow.Value - found.LifetimeAtLeast.Value, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        });

    [Theory, Requirement("STUN-05")]
    public void STUN_05_HostsBehindTwoGateways_PunchHoles(BenchPath path) => Check(path, static first =>
    {
        using var log = new WireLog("stun-05-second-" + first.Path);
        using var second = new GatewayBench(first.Path, first.Settings with { PublicAddresses = [Y] }, log);
        for (ushort port = 5000; port < 5100; port++)
        {
            bool tcp = port % 2 == 0;
            (uint, ushort) a = first.Map((A, port), (X1, 3478), tcp);
            (uint, ushort) b = second.Map((B, port), (X1, 3478), tcp);
            byte[] aToB = first.FromInside(tcp ? Frames.Syn((A, port), b) : Frames.Udp((A, port), b))!.Frame;
            Assert.Null(second.FromOutside(aToB));
            byte[] bToA = second.FromInside(tcp ? Frames.Syn((B, port), a) : Frames.Udp((B, port), a))!.Frame;
            Assert.Equal((A, port), first.FromOutside(bToA)?.Packet.To);
            byte[] again = first.FromInside(tcp ? Frames.SynAck((A, port), b) : Frames.Udp((A, port), b))!.Frame;
            Assert.Equal((B, port), second.FromOutside(again)?.Packet.To);
        }
    }, static settings => settings with { Filtering = FilteringMode.AddressAndPortDependent });

    [Theory, Requirement("STUN-06")]
    public void STUN_06_TransferGoesOn_AfterItsMappingIsLost(BenchPath path) => Check(path, static bench =>
    {
        (uint Address, ushort Port) before = bench.Map((A, 5000), (X1, 443));
        bench.Plane.Withdraw(before.Address);
        bench.Settle();
        (uint Address, ushort Port) after = bench.FromInside(Frames.Udp((A, 5000), (X1, 443), payloadBytes: 1200))!.Packet.From;
        Assert.NotEqual(before.Address, after.Address);
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal((A, (ushort)5000), bench.FromOutside(Frames.Udp((X1, 443), after, payloadBytes: 1200))?.Packet.To);
            Assert.Equal(after, bench.FromInside(Frames.Udp((A, 5000), (X1, 443)))?.Packet.From);
        }

        Arrival? late = bench.FromOutside(Frames.Udp((X1, 443), before));
        Assert.True(late is null, "a packet to the lost mapping must not reach anybody");
    }, static settings => settings with { PublicAddresses = [E1, E2] });
}
