using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>RFC 5508: queries and errors.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class IcmpRows(ConformanceReport report) : RequirementTests(report)
{
    private const byte Unreachable = 3;
    private const byte TimeExceeded = 11;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    [Theory, Requirement("ICMP-01")]
    public void ICMP_01_QueriesAndTheirAnswersPass(BenchPath path) => Check(path, static bench =>
    {
        foreach ((byte query, byte answer) in ((byte, byte)[])[(8, 0), (13, 14)])
        {
            for (int i = 0; i < 3; i++)
            {
                ushort external = bench.FromInside(Frames.Query(A, X1, query, 99))!.Packet.Identifier;
                Arrival? back = bench.FromOutside(Frames.Query(X1, E1, answer, external));
                Assert.Equal((Side.Lan, A, (ushort)99), (back!.Side, back.Packet.Destination, back.Packet.Identifier));
            }
        }
    });

    [Theory, Requirement("ICMP-02")]
    public void ICMP_02_Identifier_DoesNotDependOnTheDestination(BenchPath path) => Check(path, static bench =>
    {
        ushort[] external = [.. ((uint[])[X1, X2, Y]).Select(remote => bench.FromInside(Frames.Ping(A, remote, 77))!.Packet.Identifier)];
        ushort one = Assert.Single(external.Distinct());
        Assert.Equal((A, (ushort)77), bench.FromOutside(Frames.Pong(X2, E1, one)) is { } back ? (back.Packet.Destination, back.Packet.Identifier) : default);
    });

    [Theory, Requirement("ICMP-03")]
    public void ICMP_03_QuerySession_LivesSixtySeconds_OrAsConfigured(BenchPath path) => CheckEach(
        path, [60, 90], static (settings, seconds) => settings with { Timeouts = settings.Timeouts with { IcmpQuery = TimeSpan.FromSeconds(seconds) } }, static (bench, seconds) =>
        {
            ushort identifier = bench.FromInside(Frames.Ping(A, X1, 7))!.Packet.Identifier;
            bench.Wait(TimeSpan.FromSeconds(seconds) - Tick);
            Assert.Equal(Side.Lan, bench.FromOutside(Frames.Pong(X1, E1, identifier))?.Side);
            bench.Wait(Tick);
            Assert.Null(bench.FromOutside(Frames.Pong(X1, E1, identifier)));
        });

    [Theory, Requirement("ICMP-04")]
    public void ICMP_04_WrongChecksum_IsDroppedAndCounted(BenchPath path) => Check(path, static bench =>
    {
        byte[] error = Frames.Error(Y, Left(bench), Unreachable, 1);
        error[36] ^= 1;
        Assert.Empty(bench.Send(Side.Wan, error, isHostile: true));
        Assert.Equal(1ul, bench.Drops(DropReason.IcmpErrorBadChecksum));
    });

    [Theory, Requirement("ICMP-05")]
    public void ICMP_05_WrongQuotedHeaderChecksum_IsDropped(BenchPath path) => Check(path, static bench =>
    {
        Assert.Empty(bench.Send(Side.Wan, WithQuote(Left(bench), static quote => quote[10] ^= 1), isHostile: true));
        Assert.Equal(1ul, bench.Drops(DropReason.IcmpErrorBadChecksum));
    });

    [Theory, Requirement("ICMP-06")]
    public void ICMP_06_OptionsInTheQuote_AreSteppedOver(BenchPath path) => Check(path, static bench =>
    {
        bench.Map((A, 5000), (X1, 53));
        byte[] options = [7, 12, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] sent = PacketBuilder.Ethernet().Ipv4(A, X1, options: options).Udp(5000, 53).Payload([1, 2, 3]).ToArray();
        Arrival? error = bench.ErrorFromOutside(bench.FromInside(sent)!.Frame, Unreachable, 1, quotedBytesMax: 40);
        Assert.Equal((32, (A, (ushort)5000)), (error!.Packet.Quote.HeaderBytes, error.Packet.Quote.From));
        Quotes.AssertQuotes(sent, error.Packet.Quote);
    });

    [Theory, Requirement("ICMP-07")]
    public void ICMP_07_QuotedTransportChecksum_IsNotJudged(BenchPath path) => Check(path, static bench =>
        Assert.Equal(A, Assert.Single(bench.Send(Side.Wan, WithQuote(Left(bench), static quote => quote[26] ^= 0x5A), isHostile: true)).Packet.Destination));

    [Theory, Requirement("ICMP-08")]
    public void ICMP_08_Extensions_PassUntouched(BenchPath path) => Check(path, static bench =>
    {
        bench.Map((A, 5000), (X1, 53));
        Arrival left = bench.FromInside(Frames.Udp((A, 5000), (X1, 53), payloadBytes: 200))!;
        byte[] mpls = [0x20, 0, 0x9A, 0x12, 0, 8, 1, 1, 0x01, 0x02, 0x31, 0xFF];
        byte[] error = PacketBuilder.Ethernet().Ipv4(Y, E1).Icmp(TimeExceeded, 0, 32 << 16).Payload(left.Packet.Bytes.AsSpan(0, 128)).Payload(mpls).ToArray();
        Arrival? delivered = bench.FromOutside(error);
        Assert.Equal((A, A), (delivered!.Packet.Destination, delivered.Packet.Quote.Source));
        Assert.Equal(mpls, delivered.Packet.Bytes[^12..]);
    });

    [Theory, Requirement("ICMP-09")]
    public void ICMP_09_ErrorFromOutside_ReachesItsHost_AndNobodyWithoutAMapping(BenchPath path) => Check(path, static bench =>
    {
        byte[][] sent = [Frames.Udp((A, 5000), (X1, 53), payloadBytes: 40), Frames.Syn((A, 5000), (X1, 80)), Frames.Ping(A, X1, 5000)];
        bench.Map((A, 5000), (X1, 53));
        foreach (byte[] original in sent)
        {
            byte[] left = bench.FromInside(original)!.Frame;
            foreach ((byte type, byte code) in Procedures.ErrorKinds)
            {
                Arrival? error = bench.ErrorFromOutside(left, type, code, rest: 1400, quotedBytesMax: 1000);
                Assert.Equal((Side.Lan, Y, A), (error!.Side, error.Packet.Source, error.Packet.Destination));
                Assert.Equal((type, code, (ushort)1400), (error.Packet.Icmp.Type, error.Packet.Icmp.Code, error.Packet.NextHopMtu));
                Quotes.AssertQuotes(original, error.Packet.Quote);
            }
        }

        Assert.Null(bench.ErrorFromOutside(Frames.Udp((E1, 9), (X1, 53)), Unreachable, 1));
        Assert.Equal(1ul, bench.Drops(DropReason.IcmpErrorNoFlow));
    });

    [Theory, Requirement("ICMP-10")]
    public void ICMP_10_ErrorFromInside_ShowsTheExternalAddress_AndQuotesWhatThePeerSent(BenchPath path) => Check(path, static bench =>
    {
        (uint Address, ushort Port) external = bench.Map((A, 5000), (X1, 53));
        byte[] original = Frames.Udp((X1, 53), external, payloadBytes: 30);
        byte[] delivered = bench.FromOutside(original)!.Frame;
        Arrival? error = bench.FromInside(Frames.Error(A, delivered, Unreachable, 3));
        Assert.Equal((Side.Wan, E1, X1), (error!.Side, error.Packet.Source, error.Packet.Destination));
        Quotes.AssertQuotes(original, error.Packet.Quote);
    });

    [Theory, Requirement("ICMP-11")]
    public void ICMP_11_ErrorAboutAQuery_NeitherRefreshesNorEndsIt(BenchPath path) => Check(path, static bench =>
    {
        Arrival ping = bench.FromInside(Frames.Ping(A, X1, 7))!;
        bench.Wait(TimeSpan.FromSeconds(50));
        Assert.Equal(A, bench.ErrorFromOutside(ping.Frame, TimeExceeded, 0)?.Packet.Destination);
        Assert.Equal(A, bench.FromOutside(Frames.Pong(X1, E1, ping.Packet.Identifier))?.Packet.Destination);
        bench.Wait(TimeSpan.FromSeconds(10));
        Assert.Null(bench.ErrorFromOutside(ping.Frame, TimeExceeded, 0));
        Assert.Null(bench.FromOutside(Frames.Pong(X1, E1, ping.Packet.Identifier)));
    });

    [Theory, Requirement("ICMP-12")]
    public void ICMP_12_HairpinnedError_ComesFromTheExternalAddress(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) b = bench.Map((B, 6000), (X1, 53));
        byte[] original = Frames.Udp((A, 5000), b, payloadBytes: 12);
        byte[] atB = bench.FromInside(original)!.Frame;
        Arrival? error = bench.FromInside(Frames.Error(B, atB, Unreachable, 3));
        Assert.Equal((Side.Lan, E1, A), (error!.Side, error.Packet.Source, error.Packet.Destination));
        Assert.Equal(((A, (ushort)5000), b), (error.Packet.Quote.From, error.Packet.Quote.To));
    });

    [Theory, Requirement("ICMP-13")]
    public void ICMP_13_ExhaustedQuota_IsToldAsProhibited_AtABoundedRate(BenchPath path) => Check(path, static bench =>
    {
        bench.Map((A, 5000), (X1, 53));
        Arrival?[] answers = [.. Enumerable.Range(0, 50).Select(i => bench.FromInside(Frames.Udp((A, (ushort)(6000 + i)), (X1, 53))))];
        Assert.Equal(5, answers.Count(static answer => answer is not null));
        Assert.All(answers[..5], static answer => Assert.Equal((Side.Lan, Unreachable, (byte)13), (answer!.Side, answer.Packet.Icmp.Type, answer.Packet.Icmp.Code)));
        Assert.Equal(50ul, bench.Drops(DropReason.FlowQuotaExceeded));
    }, static settings => settings with { FlowsPerUserMax = 1, IcmpErrorsPerUserPerSecondMax = 5 });

    [Theory, Requirement("ICMP-14")]
    public void ICMP_14_GenerationMayBeOff_ForEachSide(BenchPath path) => CheckEach(
        path, [true, false], static (settings, inside) => settings with { IcmpErrorsInside = inside, IcmpErrorsOutside = !inside }, static (bench, inside) =>
        {
            Assert.Equal(inside, bench.FromInside(Frames.Udp((A, 5000), (X1, 53), ttl: 1)) is not null);
            Assert.Equal(!inside, bench.FromOutside(Frames.Udp((X1, 53), (E1, 2000), ttl: 1)) is not null);
        });

    [Theory, Requirement("ICMP-15")]
    public void ICMP_15_TheGatewayIsOneHop_FromBothSides(BenchPath path) => Check(path, static bench =>
    {
        bench.Map((A, 5000), (X1, 33434));
        AssertOneHop(bench, Side.Lan, A, GatewayInside, static ttl => Frames.Udp((A, 5000), (X1, 33434), ttl: ttl));
        AssertOneHop(bench, Side.Lan, A, GatewayInside, static ttl => Frames.Tcp((A, 5001), (X1, 80), TcpFlags.Syn, ttl: ttl));
        AssertOneHop(bench, Side.Lan, A, GatewayInside, static ttl => Frames.Ping(A, X1, 9, ttl));
        AssertOneHop(bench, Side.Wan, X1, GatewayOutside, static ttl => Frames.Udp((X1, 4000), (E1, 53), ttl: ttl));
        AssertOneHop(bench, Side.Wan, X1, GatewayOutside, static ttl => Frames.Tcp((X1, 4000), (E1, 80), TcpFlags.Syn, ttl: ttl));
    }, static settings => settings with { PortForwards = [new PortForward(IpProtocol.Udp, E1, 53, B, 53), new PortForward(IpProtocol.Tcp, E1, 80, B, 80)] });

    [Theory, Requirement("ICMP-16")]
    public void ICMP_16_OtherTypes_AreDroppedAndCounted(BenchPath path) => Check(path, static bench =>
    {
        foreach (byte type in (byte[])[5, 9, 10])
        {
            Assert.Null(bench.FromInside(PacketBuilder.Ethernet().Ipv4(A, X1).Icmp(type, 0, 0).Payload(new byte[8]).ToArray()));
            Assert.Null(bench.FromOutside(PacketBuilder.Ethernet().Ipv4(X1, E1).Icmp(type, 0, 0).Payload(new byte[8]).ToArray()));
        }

        Assert.Equal(6ul, bench.Drops(DropReason.UnsupportedIcmp));
    });

    [Theory, Requirement("ICMP-17")]
    public void ICMP_17_PingOfAPublicAddress_IsAnsweredOrDropped_AndReachesNobody(BenchPath path) => CheckEach(
        path, [true, false], static (settings, answers) => settings with { PublicAddresses = [E1, E2], AnswerPing = answers }, static (bench, answers) =>
        {
            ushort identifier = bench.FromInside(Frames.Ping(A, X1, 7))!.Packet.Identifier;
            foreach (uint address in (uint[])[E1, E2])
            {
                Arrival? pong = bench.FromOutside(Frames.Ping(X1, address, identifier));
                Assert.Equal(answers, pong is not null);
                if (answers)
                    Assert.Equal((Side.Wan, address, X1, (byte)0), (pong!.Side, pong.Packet.Source, pong.Packet.Destination, pong.Packet.Icmp.Type));
            }
        });

    [Theory, Requirement("ICMP-18")]
    public void ICMP_18_ErrorsAboutALongFlow_AreTranslated(BenchPath path) => Check(path, static bench =>
    {
        bench.Map((A, 5000), (X1, 53));
        byte[] sent = Frames.Udp((A, 5000), (X1, 53), payloadBytes: 1400);
        for (int seconds = 0; seconds < 60; seconds += 5)
        {
            bench.Wait(TimeSpan.FromSeconds(5));
            bench.FromInside(sent);
        }

        Arrival? error = bench.ErrorFromOutside(bench.FromInside(sent)!.Frame, Unreachable, 4, rest: 1280);
        Assert.Equal((A, (ushort)1280), (error!.Packet.Destination, error.Packet.NextHopMtu));
        Quotes.AssertQuotes(sent, error.Packet.Quote);
    });

    private static void AssertOneHop(GatewayBench bench, Side from, uint prober, uint gateway, Func<byte, byte[]> probe)
    {
        Arrival? answer = bench.From(from, probe(1));
        Assert.Equal((from, gateway, prober, TimeExceeded), (answer!.Side, answer.Packet.Source, answer.Packet.Destination, answer.Packet.Icmp.Type));
        Quotes.AssertQuotes(probe(1), answer.Packet.Quote);
        Arrival? passed = bench.From(from, probe(2));
        Assert.Equal((from == Side.Lan ? Side.Wan : Side.Lan, (byte)1), (passed!.Side, passed.Packet.Ttl));
    }

    private static byte[] Left(GatewayBench bench)
    {
        bench.Map((A, 5000), (X1, 53));
        return bench.FromInside(Frames.Udp((A, 5000), (X1, 53)))!.Frame;
    }

    private static byte[] WithQuote(byte[] sent, Action<byte[]> change)
    {
        byte[] quote = PacketView.Of(sent).Bytes[..28];
        change(quote);
        return PacketBuilder.Ethernet().Ipv4(Y, PacketView.Of(sent).Source).Icmp(Unreachable, 1, 0).Payload(quote).ToArray();
    }
}
