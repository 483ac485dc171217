using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Shards;
using Natflow.Packets;
using Natflow.Testing;
using Natflow.Testing.Flows;
using static Natflow.Conformance.Bench.Ipv6Frames;

namespace Natflow.Conformance.Rows;

/// <summary>IPv6 without translation, and prefix translation.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class Ipv6Rows(ConformanceReport report) : RequirementTests(report)
{
    private const byte TooBig = 2;
    private const byte Unreachable = 1;

    [Theory, Requirement("V6-01")]
    public void V6_01_ForwardedAsItIs_UnderTheSamePolicy(BenchPath path) => Check(path, static bench =>
    {
        for (int i = 0; i < 3; i++)
        {
            byte[][] sent = [Udp(A, X, 5000, 53), Tcp(A, X, 4000, 80, i == 0 ? TcpFlags.Syn : TcpFlags.Ack), Echo(A, X, 128, 7)];
            byte[][] back = [Udp(X, A, 53, 5000), Tcp(X, A, 80, 4000, i == 0 ? (byte)(TcpFlags.Syn | TcpFlags.Ack) : TcpFlags.Ack), Echo(X, A, 129, 7)];
            Assert.All(sent, frame => AssertForwarded(frame, bench.FromInside(frame), Side.Wan));
            Assert.All(back, frame => AssertForwarded(frame, bench.FromOutside(frame), Side.Lan));
        }

        Assert.Null(bench.FromInside(Udp(Y, X, 1, 2)));
        Assert.Equal(1ul, bench.Drops(DropReason.SpoofedSource));
        bench.FromInside(Udp(A, X, 5001, 53));
        Assert.NotEqual(Side.Wan, bench.FromInside(Udp(A, X, 5002, 53))?.Side);
        Assert.Equal(1ul, bench.Drops(DropReason.FlowQuotaExceeded));
        AssertForwarded(Udp(B, X, 5002, 53), bench.FromInside(Udp(B, X, 5002, 53)), Side.Wan);
    }, static settings => Native(settings) with { FlowsPerUserMax = 4 });

    [Theory, Requirement("V6-02")]
    public void V6_02_TooBig_IsReported_NeverCut(BenchPath path) => Check(path, static bench =>
    {
        bench.FromInside(Udp(A, X, 5000, 53));
        bench.FromOutside(Udp(X, A, 53, 5000));
        bench.SetMtu(Side.Wan, 1280);
        byte[] big = Udp(A, X, 5000, 53, payloadBytes: 1452);
        Arrival answer = Assert.Single(bench.Send(Side.Lan, big));
        Assert.Equal((Side.Lan, GatewayInside, A), (answer.Side, Source(answer), Destination(answer)));
        byte[] segment = Segment(answer);
        Assert.Equal((TooBig, 1280), (segment[0], Half(segment, 6)));
        Assert.Equal(Packet(big)[..(segment.Length - 8)], segment[8..]);
        Assert.True(Packet(answer.Frame).Length <= 1280);
        AssertForwarded(Udp(A, X, 5000, 53, payloadBytes: 1232), bench.FromInside(Udp(A, X, 5000, 53, payloadBytes: 1232)), Side.Wan);
    }, Native);

    [Theory, Requirement("V6-03")]
    public void V6_03_AnswersErrorsIkeAndEspPass_StrangersDoNot(BenchPath path) => Check(path, static bench =>
    {
        byte[] sent = Udp(A, X, 5000, 53);
        byte[] left = bench.FromInside(sent)!.Frame;
        AssertForwarded(Udp(X, A, 53, 5000), bench.FromOutside(Udp(X, A, 53, 5000)), Side.Lan);
        Assert.Null(bench.FromOutside(Udp(Y, A, 53, 5000)));
        Assert.Null(bench.FromOutside(Udp(X, A, 54, 5000)));
        Assert.Null(bench.FromOutside(Tcp(X, A, 53, 5000, TcpFlags.Syn)));
        foreach (byte type in (byte[])[1, 2, 3, 4])
        {
            byte[] error = Error(Y, A, type, 0, 1280, left);
            AssertForwarded(error, bench.FromOutside(error), Side.Lan);
        }

        byte[] ike = Udp(X, B, 500, 500);
        byte[] esp = Ip(X, B).Protocol(IpProtocol.Esp).Payload(Frames.Pattern(40)).ToArray();
        AssertForwarded(ike, bench.FromOutside(ike), Side.Lan);
        AssertForwarded(esp, bench.FromOutside(esp), Side.Lan);
    }, Native);

    [Theory, Requirement("V6-04")]
    public void V6_04_ExtensionHeaders_AreWalkedWithABound(BenchPath path) => Check(path, static bench =>
    {
        byte[] options = new byte[6];
        byte[] chained = Ip(A, X).Extension(IpProtocol.HopByHop, options).Extension(IpProtocol.DestinationOptions, options).Udp(5000, 53).ToArray();
        AssertForwarded(chained, bench.FromInside(chained), Side.Wan);
        AssertForwarded(Udp(X, A, 53, 5000), bench.FromOutside(Udp(X, A, 53, 5000)), Side.Lan);
        byte[] first = Fragment(A, X, 9, 0, hasMore: true, Udp(A, X, 5000, 53, payloadBytes: 16)[54..]);
        byte[] later = Fragment(A, X, 9, 24, hasMore: false, Frames.Pattern(21));
        AssertForwarded(first, bench.FromInside(first), Side.Wan);
        AssertForwarded(later, bench.FromInside(later), Side.Wan);
        Packets.Build.PacketBuilder deep = Ip(A, X);
        for (int i = 0; i < 16; i++)
            deep.Extension(IpProtocol.DestinationOptions, options);
        Assert.Null(bench.FromInside(deep.Udp(5000, 53).ToArray()));
        Assert.Empty(bench.Send(Side.Lan, chained[..58], isHostile: true));
        Assert.Equal((1ul, 1ul), (bench.Drops(DropReason.HeaderChainTooLong), bench.Drops(DropReason.Truncated) + bench.Drops(DropReason.BadLength)));
    }, Native);

    [Theory, Requirement("V6-05")]
    public void V6_05_WithdrawnPrefix_IsRejectedAtOnce(BenchPath path) => Check(path, static bench =>
    {
        bench.FromInside(Udp(A, X, 5000, 53));
        bench.FromOutside(Udp(X, A, 53, 5000));
        foreach (ShardState state in bench.States)
            state.Ipv6.SetLanPrefixes([Prefix("2001:db8:9::/48")]);
        Arrival? answer = bench.FromInside(Udp(A, X, 5000, 53));
        Assert.Equal((Side.Lan, Unreachable, (byte)5), (answer!.Side, Segment(answer)[0], Segment(answer)[1]));
        Assert.Null(bench.FromOutside(Udp(X, A, 53, 5000)));
        byte[] renumbered = Udp(Address("2001:db8:9::10"), X, 5000, 53);
        AssertForwarded(renumbered, bench.FromInside(renumbered), Side.Wan);
    }, Native);

    [Theory, Requirement("V6-06")]
    public void V6_06_PrefixTranslation_LeavesChecksumsAlone_BothWays(BenchPath path) => Check(path, static bench =>
    {
        var prng = new Prng(7);
        for (int i = 0; i < 200; i++)
        {
            Ipv6Address inside = Address($"fd01:203:405:{prng.Next(65_535):x}::{prng.Next(65_535) + 1:x}");
            byte[] sent = Udp(inside, X, 5000, 53, payloadBytes: prng.Next(60));
            Arrival? left = bench.FromInside(sent);
            Assert.Equal(Packet(sent)[IpBytes..], Segment(left!));
            Ipv6Address outside = Source(left!);
            Assert.True(Prefix("2001:db8:1::/48").Contains(in outside));
            byte[] back = Udp(X, outside, 53, 5000, payloadBytes: prng.Next(60));
            Arrival? got = bench.FromOutside(back);
            Assert.Equal((inside, Side.Lan), (Destination(got!), got!.Side));
            Assert.Equal(Packet(back)[IpBytes..], Segment(got));
        }
    }, static settings => settings with
    {
        Ipv6 = new Ipv6Settings
        {
            Mode = Ipv6Mode.PrefixTranslation,
            LanPrefixes = [Prefix("fd01:203:405::/48")],
            FlowCapacity = 4096,
            FragmentCapacity = 64,
            PrefixPairs = [new Ipv6PrefixPair(Prefix("fd01:203:405::/48"), Prefix("2001:db8:1::/48"))],
        },
    });

    internal static NatSettings Native(NatSettings settings) => settings with
    {
        Ipv6 = new Ipv6Settings
        {
            LanPrefixes = [Prefix("2001:db8:1::/48")],
            LanAddress = GatewayInside,
            WanAddress = GatewayOutside,
            FlowCapacity = 1024,
            FragmentCapacity = 64,
        },
    };
}
