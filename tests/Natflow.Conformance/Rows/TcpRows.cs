using System.Text;
using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Alg;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>RFC 5382: mapping, sequences, unwanted SYNs, helpers, hairpinning.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class TcpRows(ConformanceReport report) : RequirementTests(report)
{
    private const byte Urg = 0x20;

    [Theory, Requirement("TCP-01")]
    public void TCP_01_SeveralDestinations_OneExternalEndpoint(BenchPath path) => Check(path, static bench => Assert.Single(
        new[] { (X1, (ushort)80), (X1, (ushort)443), (X2, (ushort)80), (Y, (ushort)80) }.Select(remote => bench.Connect((A, 5000), remote)).Distinct()));

    [Theory, Requirement("TCP-02")]
    public void TCP_02_LegalSequences_PassFromEitherSide(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Connect((A, 5000), (X1, 80));
        byte[] flags = [TcpFlags.Ack, TcpFlags.Ack | TcpFlags.Psh, TcpFlags.Ack | Urg, TcpFlags.Fin | TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Rst];
        foreach (byte flag in flags)
            AssertBothWays(bench, (A, 5000), external, (X1, 80), flag);
        byte[] synWithText = Frames.Tcp((A, 5001), (X1, 80), TcpFlags.Syn, payloadBytes: 20);
        Assert.Equal(Frames.Pattern(20), bench.FromInside(synWithText)?.Packet.Payload[20..]);

        (uint, ushort) halfOpen = bench.Connect((A, 5002), (X1, 80));
        bench.FromOutside(Frames.Tcp((X1, 80), halfOpen, TcpFlags.Fin | TcpFlags.Ack));
        for (int i = 0; i < 3; i++)
            AssertBothWays(bench, (A, 5002), halfOpen, (X1, 80), TcpFlags.Ack);

        Assert.Equal((B, (ushort)8080), bench.FromOutside(Frames.Syn((X1, 4000), (E1, 80)))?.Packet.To);
        Assert.Equal((E1, (ushort)80), bench.FromInside(Frames.SynAck((B, 8080), (X1, 4000)))?.Packet.From);
        AssertBothWays(bench, (B, 8080), (E1, 80), (X1, 4000), TcpFlags.Ack);
    }, static settings => settings with { PortForwards = [new PortForward(IpProtocol.Tcp, E1, 80, B, 8080)] });

    [Theory, Requirement("TCP-03")]
    public void TCP_03_SimultaneousOpen_Works(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Map((A, 5000), (X2, 99), tcp: true);
        Assert.Null(bench.FromOutside(Frames.Syn((X1, 80), external)));
        Assert.Equal(external, bench.FromInside(Frames.Syn((A, 5000), (X1, 80)))?.Packet.From);
        Assert.Equal((A, (ushort)5000), bench.FromOutside(Frames.Syn((X1, 80), external))?.Packet.To);
        Assert.Equal(external, bench.FromInside(Frames.SynAck((A, 5000), (X1, 80)))?.Packet.From);
        Assert.NotNull(bench.FromOutside(Frames.SynAck((X1, 80), external)));
        Assert.True(bench.IsAliveAfter(TimeSpan.FromHours(2), external, (X1, 80), tcp: true));
    }, static settings => settings with { Filtering = FilteringMode.AddressAndPortDependent });

    [Theory, Requirement("TCP-04")]
    public void TCP_04_FilteringOfTcp_IsApartFromUdp(BenchPath path) => CheckEach(
        path, Enum.GetValues<FilteringMode>().SelectMany(static udp => Enum.GetValues<FilteringMode>().Select(tcp => (Udp: udp, Tcp: tcp))),
        static (settings, modes) => settings with { Filtering = modes.Udp, TcpFiltering = modes.Tcp, RefuseUnsolicitedSyn = false },
        static (bench, modes) =>
        {
            Assert.Equal(Procedures.Expected(modes.Udp), bench.Filter(5000));
            Assert.Equal(Procedures.Expected(modes.Tcp), bench.Filter(5000, tcp: true));
        });

    [Theory, Requirement("TCP-05")]
    public void TCP_05_UnwantedSyn_GetsSilence_AndIsForgottenWhenItsCounterpartLeaves(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Map((A, 5000), (X2, 80), tcp: true);
        Assert.Null(bench.FromOutside(Frames.Syn((X1, 80), external)));
        Assert.Empty(bench.Wait(TimeSpan.FromSeconds(3)));
        Assert.Equal(external, bench.FromInside(Frames.Syn((A, 5000), (X1, 80)))?.Packet.From);
        Assert.Empty(bench.Wait(TimeSpan.FromSeconds(30)));
        Assert.Equal((A, (ushort)5000), bench.FromOutside(Frames.SynAck((X1, 80), external))?.Packet.To);

        Assert.Null(bench.FromOutside(Frames.Syn((Y, 80), external)));
        Assert.Empty(bench.Wait(TimeSpan.FromMilliseconds(5_999)));
    }, static settings => settings with { TcpFiltering = FilteringMode.AddressAndPortDependent });

    [Theory, Requirement("TCP-06")]
    public void TCP_06_AfterSixSeconds_TheSynIsRefused_OrNeverAnswered(BenchPath path) => CheckEach(
        path, [true, false], static (settings, refuses) => settings with { RefuseUnsolicitedSyn = refuses }, static (bench, refuses) =>
        {
            byte[] syn = Frames.Syn((X1, 80), (E1, 4000));
            Assert.Null(bench.FromOutside(syn));
            Assert.Empty(bench.Wait(TimeSpan.FromMilliseconds(5_999)));
            IReadOnlyList<Arrival> answers = bench.Wait(TimeSpan.FromMilliseconds(1));
            Assert.Equal(refuses ? 1 : 0, answers.Count);
            if (!refuses)
                return;
            Assert.Equal((Side.Wan, X1, (byte)3, (byte)3), (answers[0].Side, answers[0].Packet.Destination, answers[0].Packet.Icmp.Type, answers[0].Packet.Icmp.Code));
            Quotes.AssertQuotes(syn, answers[0].Packet.Quote);
        });

    [Theory, Requirement("TCP-10")]
    public void TCP_10_StreamsAreLeftAlone_UnlessSwitchedOn(BenchPath path) => CheckEach(
        path, [false, true], static (settings, on) => settings with { Alg = new AlgSettings { Sip = on } }, static (bench, on) =>
        {
            byte[][] texts =
            [
                SipText.Invite("TCP", A, 5000),
                Encoding.Latin1.GetBytes("SETUP rtsp://example.com/a RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP;unicast;destination=10.0.0.10;client_port=5000-5001\r\n\r\n"),
                [0, 156, 0, 1, 0x1A, 0x2B, 0x3C, 0x4D, 0, 1, 0, 0, 1, 0, 0, 0],
            ];
            ushort[] ports = [5060, 554, 1723];
            for (int i = 0; i < texts.Length; i++)
            {
                bench.Connect((A, 5000), (X1, ports[i]));
                byte[] segment = PacketBuilder.Ethernet().Ipv4(A, X1).Tcp(5000, ports[i], TcpFlags.Ack | TcpFlags.Psh, sequence: 1001).Payload(texts[i]).ToArray();
                Arrival sent = Assert.IsType<Arrival>(bench.FromInside(segment, mayEdit: true));
                bool isChanged = !sent.Packet.Payload.AsSpan(20).SequenceEqual(texts[i]);
                Assert.Equal(on && i == 0, isChanged);
            }
        });

    [Theory, Requirement("TCP-11")]
    public void TCP_11_NoEndpointIsShared_AndAFullRangeRefuses(BenchPath path) => Check(path, static bench =>
    {
        var owners = new Dictionary<(uint, ushort), (uint, ushort)>();
        int refused = 0;
        for (ushort port = 5000; port < 5200; port++)
        {
            foreach (uint host in (uint[])[A, B, A + 7, A + 8])
            {
                Arrival? sent = bench.FromInside(Frames.Syn((host, port), (X1, 80)));
                if (sent is { Side: Side.Wan })
                    Assert.True(owners.TryAdd(sent.Packet.From, (host, port)), "one endpoint in two hands");
                else
                    refused++;
            }
        }

        Assert.InRange(owners.Count, 64, 256);
        Assert.True(refused > 500);
        Assert.All(owners, pair => Assert.Equal(pair.Value, bench.FromOutside(Frames.SynAck((X1, 80), pair.Key))?.Packet.To));
    }, static settings => settings with { PortFirst = 65_280, PortBlockSize = 64, BlocksPerUserMax = 64, IcmpErrorsInside = false });

    [Theory, Requirement("TCP-12")]
    public void TCP_12_HairpinnedConnection_OpensWithTheExternalSource(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) a = bench.Connect((A, 5000), (X1, 80));
        Arrival? syn = bench.FromInside(Frames.Syn((A, 5000), (E1, 80)));
        Assert.Equal((Side.Lan, a, (B, (ushort)8080)), (syn!.Side, syn.Packet.From, syn.Packet.To));
        Arrival? synAck = bench.FromInside(Frames.SynAck((B, 8080), a));
        Assert.Equal((Side.Lan, (E1, (ushort)80), (A, (ushort)5000)), (synAck!.Side, synAck.Packet.From, synAck.Packet.To));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal((B, (ushort)8080), bench.FromInside(Frames.Tcp((A, 5000), (E1, 80), TcpFlags.Ack, 10))?.Packet.To);
            Assert.Equal((A, (ushort)5000), bench.FromInside(Frames.Tcp((B, 8080), a, TcpFlags.Ack, 10))?.Packet.To);
        }
    }, static settings => settings with { PortForwards = [new PortForward(IpProtocol.Tcp, E1, 80, B, 8080)] });

    [Theory, Requirement("TCP-15", BenchPath.Slow, OtherPaths = "segments that move the state take the slow path on each path")]
    public void TCP_15_EachEdgeOfTheMachine(BenchPath path) => CheckAlone(path, TcpEdges.AssertAll);

    [Theory, Requirement("TCP-20")]
    public void TCP_20_ReorderedAndWildSegments_PassAndCorruptNothing(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Connect((A, 5000), (X1, 80));
        var prng = new Natflow.Testing.Prng(3);
        uint[] order = [.. Enumerable.Range(0, 400).Select(static i => (uint)(1000 + (i * 1400)))];
        for (int i = 0; i + 1 < order.Length; i += 2)
        {
            if (prng.Next(10) == 0)
                (order[i], order[i + 1]) = (order[i + 1], order[i]);
        }

        foreach (uint sequence in order.Append(0xFFFF_F000u).Append(0u))
        {
            Assert.NotNull(bench.FromOutside(Segment((X1, 80), external, sequence)));
            Assert.NotNull(bench.FromInside(Segment((A, 5000), (X1, 80), sequence)));
        }

        Assert.True(bench.IsAliveAfter(TimeSpan.FromHours(2), external, (X1, 80), tcp: true));
    });

    [Theory, Requirement("TCP-21")]
    public void TCP_21_MssIsClampedForItsUplink_AndOffElsewhere(BenchPath path) => Check(path, static bench =>
    {
        byte[] plain = bench.FromInside(Frames.SynWithMss((A, 5000), (X1, 80), 1460))!.Packet.Payload;
        Assert.Equal([2, 4, 0x05, 0xB4], plain[20..24]);
        foreach (ShardState state in bench.States)
            state.Paths[PathTable.AsIsWan].MssClampBytes = 1452;
        Arrival? syn = bench.FromInside(Frames.SynWithMss((A, 5001), (X1, 80), 1460), mayEdit: true);
        Arrival? answer = bench.FromOutside(Frames.SynWithMss((X1, 80), syn!.Packet.From, 1460, TcpFlags.Syn | TcpFlags.Ack), mayEdit: true);
        Assert.All([syn, answer], static segment => Assert.Equal([2, 4, 0x05, 0xAC], segment!.Packet.Payload[20..24]));
        Assert.Equal([2, 4, 0x04, 0xB0], bench.FromInside(Frames.SynWithMss((A, 5002), (X1, 80), 1200))!.Packet.Payload[20..24]);
        Arrival? syn6 = bench.FromInside(Ipv6Frames.SynWithMss(Ipv6Frames.A, Ipv6Frames.X, 5000, 80, 1440), mayEdit: true);
        Arrival? answer6 = bench.FromOutside(Ipv6Frames.SynWithMss(Ipv6Frames.X, Ipv6Frames.A, 80, 5000, 1440, TcpFlags.Syn | TcpFlags.Ack), mayEdit: true);
        Assert.All([syn6, answer6], static segment => Assert.Equal([2, 4, 0x05, 0x98], Ipv6Frames.Segment(segment!)[20..24]));
    }, Ipv6Rows.Native);

    private static byte[] Segment((uint Address, ushort Port) from, (uint Address, ushort Port) to, uint sequence) =>
        PacketBuilder.Ethernet().Ipv4(from.Address, to.Address).Tcp(from.Port, to.Port, TcpFlags.Ack, sequence).Payload(Frames.Pattern(100)).ToArray();

    private static void AssertBothWays(GatewayBench bench, (uint, ushort) inside, (uint, ushort) external, (uint, ushort) remote, byte flags)
    {
        Arrival? sent = bench.FromInside(Frames.Tcp(inside, remote, flags, payloadBytes: 7));
        Arrival? back = bench.FromOutside(Frames.Tcp(remote, external, flags, payloadBytes: 9));
        Assert.Equal((external, inside), (sent?.Packet.From, back?.Packet.To));
    }
}
