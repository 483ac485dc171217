using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Alg;
using Natflow.Flows.Conntrack;
using Natflow.Packets.Build;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>RFC 4787: mapping, filtering, timers, hairpinning.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class UdpMappingRows(ConformanceReport report) : RequirementTests(report)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    [Theory, Requirement("UDP-01")]
    public void UDP_01_FiftyDestinations_OneExternalEndpoint(BenchPath path) => Check(path, static bench =>
        Assert.Single(Enumerable.Range(0, 50).Select(i => bench.Map((A, 5000), (X1 + (uint)(i % 5), (ushort)(1000 + i)))).Distinct()));

    [Theory, Requirement("UDP-02")]
    public void UDP_02_HostsArePaired_AndSpreadOverThePool(BenchPath path) => Check(path, static bench =>
    {
        Assert.Single(Enumerable.Range(0, 500).Select(i => bench.FromInside(Frames.Udp((A, (ushort)(2000 + i)), (X1, 53)))!.Packet.Source).Distinct());
        uint[] addresses = [.. Enumerable.Range(1, 20).Select(host =>
            Assert.Single(Enumerable.Range(0, 5).Select(i => bench.Map((A + (uint)host, (ushort)(2000 + i)), (X1, 53)).Address).Distinct()))];
        Assert.Equal([E1, E2], addresses.Distinct().Order());
    }, static settings => settings with { PublicAddresses = [E1, E2] });

    [Theory, Requirement("UDP-03")]
    public void UDP_03_NoEndpointIsShared_AndAFullRangeRefuses(BenchPath path) => Check(path, static bench =>
    {
        var owners = new Dictionary<(uint, ushort), (uint, ushort)>();
        int refused = 0;
        for (ushort port = 5000; port < 5200; port++)
        {
            foreach (uint host in (uint[])[A, B, A + 7, A + 8])
            {
                Arrival? sent = bench.FromInside(Frames.Udp((host, port), (X1, 53)), mayEdit: true);
                if (sent is { Side: Side.Wan })
                    Assert.True(owners.TryAdd(sent.Packet.From, (host, port)), "one endpoint in two hands");
                else
                    refused++;
            }
        }

        Assert.InRange(owners.Count, 64, 256);
        Assert.True(refused > 500);
        Assert.All(owners, pair => Assert.Equal(pair.Value, bench.FromOutside(Frames.Udp((X1, 53), pair.Key))?.Packet.To));
    }, static settings => settings with { PortFirst = 65_280, PortBlockSize = 64, BlocksPerUserMax = 64, IcmpErrorsInside = false });

    [Theory, Requirement("UDP-05")]
    public void UDP_05_ParityIsKept_AndMayBeOff(BenchPath path) => CheckEach(
        path, [true, false], static (settings, parity) => settings with { PortParity = parity }, static (bench, parity) =>
        {
            int kept = Enumerable.Range(4000, 200).Count(port => bench.Map((A, (ushort)port), (X1, 53)).Port % 2 == port % 2);
            Assert.True(parity ? kept == 200 : kept < 180, $"{kept} of 200");
        });

    [Theory, Requirement("UDP-06")]
    public void UDP_06_MappingLives119Seconds_WithTheLeastTimer(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Map((A, 5000), (X1, 53));
        Assert.True(bench.IsAliveAfter(TimeSpan.FromSeconds(119), external, (X1, 53)));
        Assert.True(bench.IsAliveAfter(TimeSpan.FromSeconds(1) - Tick, external, (X1, 53)));
    }, static settings => settings with { Timeouts = new FlowTimeouts { Udp = TimeSpan.FromSeconds(120) } });

    [Theory, Requirement("UDP-07")]
    public void UDP_07_ShortTimer_HoldsForItsPortAlone(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) dns = bench.Map((A, 5000), (X1, 53));
        (uint, ushort) other = bench.Map((A, 5001), (X1, 5353));
        Assert.False(bench.IsAliveAfter(TimeSpan.FromSeconds(31), dns, (X1, 53)));
        Assert.True(bench.IsAliveAfter(TimeSpan.Zero, other, (X1, 5353)));
    }, static settings => settings with { UdpShortPorts = [53], Timeouts = new FlowTimeouts { UdpShort = TimeSpan.FromSeconds(30) } });

    [Theory, Requirement("UDP-08")]
    public void UDP_08_TimerIsWhatIsConfigured(BenchPath path) => CheckEach(
        path, [180, 600], static (settings, seconds) => settings with { Timeouts = new FlowTimeouts { Udp = TimeSpan.FromSeconds(seconds) } }, static (bench, seconds) =>
        {
            (uint, ushort) external = bench.Map((A, 5000), (X1, 53));
            Assert.True(bench.IsAliveAfter(TimeSpan.FromSeconds(seconds) - Tick, external, (X1, 53)));
            Assert.False(bench.IsAliveAfter(Tick, external, (X1, 53)));
        });

    [Theory, Requirement("UDP-09")]
    public void UDP_09_DefaultTimer_IsFiveMinutes(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Map((A, 5000), (X1, 53));
        Assert.True(bench.IsAliveAfter(TimeSpan.FromMinutes(5) - Tick, external, (X1, 53)));
        Assert.False(bench.IsAliveAfter(Tick, external, (X1, 53)));
    });

    [Theory, Requirement("UDP-10")]
    public void UDP_10_OutboundPackets_RefreshTheMapping(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Map((A, 5000), (X1, 53));
        for (int seconds = 0; seconds < 1200; seconds += 60)
        {
            bench.Wait(TimeSpan.FromSeconds(60));
            Assert.Equal(external, bench.FromInside(Frames.Udp((A, 5000), (X1, 53)))?.Packet.From);
        }

        Assert.True(bench.IsAliveAfter(TimeSpan.FromSeconds(299), external, (X1, 53)));
    });

    [Theory, Requirement("UDP-11")]
    public void UDP_11_InboundRefresh_IsASwitch(BenchPath path) => CheckEach(
        path, [true, false], static (settings, refreshes) => settings with { UdpInboundRefresh = refreshes }, static (bench, refreshes) =>
        {
            (uint, ushort) external = bench.Map((A, 5000), (X1, 53));
            for (int i = 0; i < 4; i++)
                Assert.True(bench.IsAliveAfter(TimeSpan.FromSeconds(70), external, (X1, 53)));
            Assert.Equal(refreshes, bench.IsAliveAfter(TimeSpan.FromSeconds(21), external, (X1, 53)));
        });

    [Theory, Requirement("UDP-12", BenchPath.Slow)]
    public void UDP_12_OverlappingNumbers_AreRefusedInWords(BenchPath path) => CheckAlone(path, static () =>
        Assert.Contains(
            (GatewayBench.Defaults with { PublicAddresses = [0x0A00_0101] }).Validate(),
            static error => error.Contains("10.0.1.1 lies in a LAN prefix", StringComparison.Ordinal)));

    [Theory, Requirement("UDP-13")]
    public void UDP_13_FilteringIsWhatIsConfigured(BenchPath path) => CheckEach(
        path, Enum.GetValues<FilteringMode>(), static (settings, mode) => settings with { Filtering = mode },
        static (bench, mode) => Assert.Equal(Procedures.Expected(mode), bench.Filter()));

    [Theory, Requirement("UDP-14")]
    public void UDP_14_InsideHosts_ReachEachOtherByExternalEndpoints(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) b = bench.Map((B, 6000), (X1, 53));
        for (int i = 0; i < 3; i++)
        {
            Arrival? atB = bench.FromInside(Frames.Udp((A, 5000), b));
            Assert.Equal((Side.Lan, (B, (ushort)6000)), (atB!.Side, atB.Packet.To));
            Arrival? atA = bench.FromInside(Frames.Udp((B, 6000), atB.Packet.From));
            Assert.Equal((Side.Lan, b, (A, (ushort)5000)), (atA!.Side, atA.Packet.From, atA.Packet.To));
        }
    });

    [Theory, Requirement("UDP-15")]
    public void UDP_15_HairpinnedPacket_ShowsTheExternalEndpoint_OfAnyoneAndOneself(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) b = bench.Map((B, 6000), (X1, 53));
        (uint, ushort) a = bench.Map((A, 5000), (X1, 53));
        Assert.Equal(a, bench.FromInside(Frames.Udp((A, 5000), b))?.Packet.From);
        Arrival? atSelf = bench.FromInside(Frames.Udp((A, 5000), a));
        Assert.Equal((Side.Lan, a, (A, (ushort)5000)), (atSelf!.Side, atSelf.Packet.From, atSelf.Packet.To));
    });

    [Theory, Requirement("UDP-16")]
    public void UDP_16_SipIsLeftAlone_UnlessSwitchedOn(BenchPath path) => CheckEach(
        path, [false, true], static (settings, on) => settings with { Alg = new AlgSettings { Sip = on } }, static (bench, on) =>
        {
            byte[] invite = PacketBuilder.Ethernet().Ipv4(A, X1).Udp(5060, 5060).Payload(SipText.Invite("UDP", A, 5060)).ToArray();
            Arrival sent = Assert.IsType<Arrival>(bench.FromInside(invite, mayEdit: on));
            Assert.Equal(on, !sent.Packet.Payload.AsSpan(8).SequenceEqual(SipText.Invite("UDP", A, 5060)));
            Assert.Equal(on, SipText.Of(sent).Contains("c=IN IP4 203.0.113.1\r\n", StringComparison.Ordinal));
        });

    [Theory, Requirement("UDP-17")]
    public void UDP_17_BehaviourIsTheSame_AtHighUseAndADayLater(BenchPath path) => Check(path, static bench =>
    {
        AssertClass(bench, 3000);
        for (ushort port = 10_000; port < 10_230; port++)
            bench.FromInside(Frames.Udp((A, port), (X1, 53)), mayEdit: true);
        AssertClass(bench, 3000);
        for (int hour = 0; hour < 24; hour++)
            bench.Wait(TimeSpan.FromHours(1));
        AssertClass(bench, 3001);
    }, static settings => settings with { PortFirst = 65_024, PortBlockSize = 64, BlocksPerUserMax = 4 });

    private static void AssertClass(GatewayBench bench, ushort insidePort)
    {
        Assert.Single(Enumerable.Range(0, 20).Select(i => bench.Map((A, insidePort), (X1 + (uint)(i % 4), (ushort)(90 + i)))).Distinct());
        Assert.Equal(Procedures.Expected(FilteringMode.EndpointIndependent), bench.Filter(insidePort));
    }

    [Theory, Requirement("UDP-27")]
    public void UDP_27_ExternalPorts_AreNoProgression(BenchPath path) => Check(
        path, static bench => PortSequence.AssertHardToGuess([.. Enumerable.Range(0, 4000).Select(i =>
            (int)bench.FromInside(Frames.Udp((A + ((uint)i % 200), (ushort)(3000 + (i / 200))), (X1, 53)))!.Packet.SourcePort)]),
        static settings => settings with { PublicAddresses = [E1, E2], FlowCapacity = 16_384 });
}
