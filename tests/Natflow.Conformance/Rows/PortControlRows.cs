using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Pcp;
using Natflow.Testing.Flows;
using static Natflow.Conformance.Bench.PcpMessages;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>RFC 6887: mappings on request, proved by packets through the data plane.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class PortControlRows(ConformanceReport report) : RequirementTests(report)
{
    [Theory, Requirement("CGN-10")]
    public void CGN_10_Subscriber_AsksForAMapping_AndIsReached(BenchPath path) => Check(path, static bench =>
    {
        foreach (uint host in (uint[])[A, B, A + 7, A + 8])
        {
            using PcpServer server = ServerOf(bench, host);
            PcpAnswer answer = server.Ask(Map(host, 8080), host, bench.NowMs);
            Assert.Equal((PcpResult.Success, E1), (answer.Result, answer.External.Address));
            Assert.Equal((host, (ushort)8080), bench.FromOutside(Frames.Udp((Y, 4000), answer.External))?.Packet.To);
        }
    }, static settings => settings with { Filtering = FilteringMode.AddressAndPortDependent });

    [Theory, Requirement("PCP-01")]
    public void PCP_01_Map_OpensRenewsAndDeletes(BenchPath path) => Check(path, static bench =>
    {
        using PcpServer server = ServerOf(bench, A);
        PcpAnswer answer = server.Ask(Map(A, 8080, lifetime: 200, protocol: IpProtocol.Tcp), A, bench.NowMs);
        Assert.Equal((PcpResult.Success, 200u), (answer.Result, answer.Lifetime));
        Assert.Equal((A, (ushort)8080), bench.FromOutside(Frames.Syn((X1, 4000), answer.External))?.Packet.To);
        Pass(bench, server, TimeSpan.FromSeconds(199));
        PcpAnswer renewed = server.Ask(Map(A, 8080, lifetime: 300, protocol: IpProtocol.Tcp), A, bench.NowMs);
        Assert.Equal((300u, answer.External), (renewed.Lifetime, renewed.External));
        Pass(bench, server, TimeSpan.FromSeconds(299));
        Assert.Equal((A, (ushort)8080), bench.FromOutside(Frames.Syn((X1, 4001), answer.External))?.Packet.To);
        Assert.Equal(PcpResult.Success, server.Ask(Map(A, 8080, lifetime: 0, protocol: IpProtocol.Tcp), A, bench.NowMs).Result);
        Assert.Null(bench.FromOutside(Frames.Syn((X1, 4002), answer.External)));

        (uint, ushort) expiring = server.Ask(Map(A, 9090, lifetime: 120), A, bench.NowMs).External;
        Pass(bench, server, TimeSpan.FromSeconds(120));
        Assert.Null(bench.FromOutside(Frames.Udp((X1, 4000), expiring)));
    }, static settings => settings with { TcpFiltering = FilteringMode.AddressAndPortDependent });

    [Theory, Requirement("PCP-02")]
    public void PCP_02_PeerAndAnnounce_AndTheEpochOfLostState(BenchPath path) => Check(path, static bench =>
    {
        using PcpServer server = ServerOf(bench, A);
        PcpAnswer answer = server.Ask(Peer(A, 5000, (X1, 700)), A, bench.NowMs);
        Assert.Equal(PcpResult.Success, answer.Result);
        Assert.Null(bench.FromOutside(Frames.Udp((Y, 700), answer.External)));
        Assert.Equal((A, (ushort)5000), bench.FromOutside(Frames.Udp((X1, 700), answer.External))?.Packet.To);
        Assert.Equal(answer.External, bench.FromInside(Frames.Udp((A, 5000), (X1, 700)))?.Packet.From);

        bench.Wait(TimeSpan.FromSeconds(9));
        Assert.Equal((PcpResult.Success, 9u), server.Ask(Announce(A), A, bench.NowMs) is { } before ? (before.Result, before.Epoch) : default);
        server.RestartEpoch(bench.NowMs);
        bench.Wait(TimeSpan.FromSeconds(2));
        byte[] announcement = new byte[24];
        Assert.Equal(24, server.WriteAnnounce(bench.NowMs, announcement));
        Assert.Equal((2, 0x80, 0, 2), (announcement[0], announcement[1], announcement[3], announcement[11]));
    }, static settings => settings with { Filtering = FilteringMode.AddressAndPortDependent });

    [Theory, Requirement("PCP-03")]
    public void PCP_03_OthersPorts_NeedAuthority(BenchPath path) => Check(path, static bench =>
    {
        using PcpServer server = ServerOf(bench, A);
        Assert.Equal(PcpResult.AddressMismatch, server.Ask(Map(A, 8080), B, bench.NowMs).Result);
        Assert.Equal(PcpResult.NotAuthorized, server.Ask(Map(B, 8080, options: ThirdParty(A)), B, bench.NowMs).Result);
        using PcpServer trusting = ServerOf(bench, A, new PcpSettings { ThirdPartyRequesters = [Prefix("10.0.0.11/32")] });
        PcpAnswer answer = trusting.Ask(Map(B, 8080, options: ThirdParty(A)), B, bench.NowMs);
        Assert.Equal(PcpResult.Success, answer.Result);
        Assert.Equal((A, (ushort)8080), bench.FromOutside(Frames.Udp((Y, 1), answer.External))?.Packet.To);
    });

    [Theory, Requirement("PCP-04")]
    public void PCP_04_ResultCodes_TellTheTruth(BenchPath path) => Check(path, static bench =>
    {
        using PcpServer small = ServerOf(bench, A, new PcpSettings { LeasesPerUserMax = 1 });
        PcpAnswer given = small.Ask(Map(A, 3074), A, bench.NowMs);
        Assert.Equal(PcpResult.Success, given.Result);
        Assert.Equal(PcpResult.UserExceededQuota, small.Ask(Map(A, 2), A, bench.NowMs).Result);
        using PcpServer full = ServerOf(bench, A, new PcpSettings { LeaseCapacity = 1 });
        Assert.Equal(PcpResult.Success, full.Ask(Map(A, 4), A, bench.NowMs).Result);
        Assert.Equal(PcpResult.NoResources, full.Ask(Map(A, 5), A, bench.NowMs).Result);
        using PcpServer plain = ServerOf(bench, A);
        Assert.Equal(PcpResult.NotAuthorized, plain.Ask(Map(Y, 1), Y, bench.NowMs).Result);
        Assert.Equal(PcpResult.CannotProvideExternal, plain.Ask(Map(A, 6, suggested: given.External.Port, options: PreferFailure), A, bench.NowMs).Result);
        Assert.Equal(PcpResult.UnsupportedProtocol, plain.Ask(Map(A, 1, protocol: 132), A, bench.NowMs).Result);
        Assert.Equal(PcpResult.MalformedRequest, plain.Ask(Map(A, 1)[..56], A, bench.NowMs).Result);
    });

    [Theory, Requirement("PCP-05")]
    public void PCP_05_PrivateOutside_IsSaid(BenchPath path) => Check(path, static bench =>
    {
        using PcpServer open = ServerOf(bench, A);
        using PcpServer strict = ServerOf(bench, A, new PcpSettings { AllowBehindNat = false });
        Assert.True(open.IsBehindNat);
        PcpAnswer answer = open.Ask(Map(A, 1), A, bench.NowMs);
        Assert.Equal((A, (ushort)1), bench.FromOutside(Frames.Udp((Y, 9), answer.External))?.Packet.To);
        Assert.Equal(PcpResult.NetworkFailure, strict.Ask(Map(A, 2), A, bench.NowMs).Result);
    }, static settings => settings with { PublicAddresses = [0x6440_0001] });

    [Theory, Requirement("PCP-06")]
    public void PCP_06_TwoConsoles_EachSendFromThePortTheyWereGiven(BenchPath path) => Check(path, static bench =>
    {
        var given = new List<(uint, ushort)>();
        foreach (uint console in (uint[])[A, B])
        {
            using PcpServer server = ServerOf(bench, console);
            PcpAnswer answer = server.Ask(Map(console, 3074, suggested: 3074), console, bench.NowMs);
            Assert.Equal(PcpResult.Success, answer.Result);
            Assert.Equal(answer.External, bench.FromInside(Frames.Udp((console, 3074), (X1, 3074)))?.Packet.From);
            Assert.Equal((console, (ushort)3074), bench.FromOutside(Frames.Udp((Y, 3074), answer.External))?.Packet.To);
            given.Add(answer.External);
        }

        Assert.Equal(2, given.Distinct().Count());
    });

    [Theory, Requirement("PCP-07")]
    public void PCP_07_Leases_AreListedTakenOverAndRevoked(BenchPath path) => Check(path, static bench =>
    {
        using PcpServer server = ServerOf(bench, A);
        PcpAnswer answer = server.Ask(Map(A, 3074), A, bench.NowMs);
        var page = new PcpLease[4];
        uint cursor = 0;
        Assert.Equal(1, server.CopyLeases(ref cursor, bench.NowMs, page));
        using var log = new WireLog("pcp-07-standby-" + bench.Path);
        using var other = new GatewayBench(bench.Path, bench.Settings, log);
        using PcpServer standby = ServerOf(other, A);
        Assert.Equal(PcpResult.Success, standby.TryRestore(in page[0], other.NowMs));
        Assert.Equal((A, (ushort)3074), other.FromOutside(Frames.Udp((Y, 9), answer.External))?.Packet.To);
        Assert.Equal(1, standby.Revoke(page[0].Protocol, page[0].ExternalAddrBe, page[0].ExternalPortBe, other.NowMs));
        Assert.Null(other.FromOutside(Frames.Udp((Y, 10), answer.External)));
    }, static settings => settings with { Filtering = FilteringMode.AddressAndPortDependent });

    private static PcpServer ServerOf(GatewayBench bench, uint host, PcpSettings? settings = null) => new(bench.StateOf(host), settings ?? new PcpSettings(), bench.NowMs);

    private static void Pass(GatewayBench bench, PcpServer server, TimeSpan time)
    {
        bench.Wait(time);
        server.Advance(bench.NowMs);
    }
}
