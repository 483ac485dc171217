using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Packets;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>RFC 5382 and RFC 7857: timers, errors, resets, tuples used again.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class TcpTimerRows(ConformanceReport report) : RequirementTests(report)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Established = TimeSpan.FromMinutes(124);
    private static readonly TimeSpan Transitory = TimeSpan.FromMinutes(4);

    [Theory, Requirement("TCP-07")]
    public void TCP_07_IdleConnection_LivesTwoHoursAndFourMinutes(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Connect((A, 5000), (X1, 80));
        Assert.True(bench.IsAliveAfter(Established - Tick, external, (X1, 80), tcp: true));
        Assert.True(bench.IsAliveAfter(Established - Tick, external, (X1, 80), tcp: true));
        Assert.False(bench.IsAliveAfter(Established, external, (X1, 80), tcp: true));
    });

    [Theory, Requirement("TCP-08")]
    public void TCP_08_OpeningAndClosingConnections_LiveFourMinutes(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) opening = bench.Map((A, 5000), (X1, 80), tcp: true);
        bench.Wait(Transitory - Tick);
        Assert.NotNull(bench.FromOutside(Frames.SynAck((X1, 80), opening)));
        (uint, ushort) forgotten = bench.Map((A, 5001), (X1, 80), tcp: true);
        bench.Wait(Transitory);
        Assert.Null(bench.FromOutside(Frames.SynAck((X1, 80), forgotten)));

        (uint, ushort) closing = bench.Connect((A, 5002), (X1, 80));
        bench.FromInside(Frames.Tcp((A, 5002), (X1, 80), TcpFlags.Fin | TcpFlags.Ack));
        for (int i = 0; i < 3; i++)
            Assert.True(bench.IsAliveAfter(Transitory - Tick, closing, (X1, 80), tcp: true));
        Assert.False(bench.IsAliveAfter(Transitory, closing, (X1, 80), tcp: true));
    });

    [Theory, Requirement("TCP-09")]
    public void TCP_09_EachTimer_MovesAlone(BenchPath path) => CheckEach(
        path,
        [
            new FlowTimeouts { TcpOpening = TimeSpan.FromSeconds(10) },
            new FlowTimeouts { TcpClosing = TimeSpan.FromSeconds(20) },
            new FlowTimeouts { TcpEstablished = TimeSpan.FromSeconds(30) },
        ],
        static (settings, timeouts) => settings with { Timeouts = timeouts }, static (bench, timeouts) => AssertTimers(bench, timeouts));

    [Theory, Requirement("TCP-13")]
    public void TCP_13_FragmentationNeeded_ReachesTheSender(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Connect((A, 5000), (X1, 80));
        byte[] big = Frames.Tcp((A, 5000), (X1, 80), TcpFlags.Ack, payloadBytes: 1460);
        Arrival? error = bench.ErrorFromOutside(bench.FromInside(big)!.Frame, 3, 4, rest: 1280);
        Assert.Equal((Side.Lan, A, (ushort)1280), (error!.Side, error.Packet.Destination, error.Packet.NextHopMtu));
        Quotes.AssertQuotes(big, error.Packet.Quote);
        Assert.Equal(external, bench.FromInside(Frames.Tcp((A, 5000), (X1, 80), TcpFlags.Ack, payloadBytes: 1240))?.Packet.From);
    });

    [Theory, Requirement("TCP-14")]
    public void TCP_14_NoErrorEndsAConnection(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Connect((A, 5000), (X1, 80));
        byte[] left = bench.FromInside(Frames.Tcp((A, 5000), (X1, 80), TcpFlags.Ack, 10))!.Frame;
        foreach ((byte type, byte code) in Procedures.ErrorKinds)
        {
            bench.ErrorFromOutside(left, type, code);
            Assert.True(bench.IsAliveAfter(TimeSpan.FromMinutes(5), external, (X1, 80), tcp: true), $"{type}/{code}");
            Assert.Equal(external, bench.FromInside(Frames.Tcp((A, 5000), (X1, 80), TcpFlags.Ack, 10))?.Packet.From);
        }
    });

    [Theory, Requirement("TCP-16")]
    public void TCP_16_Reset_IsDelivered(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Connect((A, 5000), (X1, 80));
        Assert.Equal((A, (ushort)5000), bench.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Rst))?.Packet.To);
        (uint, ushort) other = bench.Connect((A, 5001), (X1, 80));
        Assert.Equal(other, bench.FromInside(Frames.Tcp((A, 5001), (X1, 80), TcpFlags.Rst | TcpFlags.Ack))?.Packet.From);
    });

    [Theory, Requirement("TCP-17")]
    public void TCP_17_AfterAReset_StateStaysFourMinutes_AndTrafficRevivesIt(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Connect((A, 5000), (X1, 80));
        bench.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Rst));
        bench.Wait(Transitory - Tick);
        Assert.Equal(external, bench.FromInside(Frames.Tcp((A, 5000), (X1, 80), TcpFlags.Ack, 10))?.Packet.From);
        Assert.True(bench.IsAliveAfter(TimeSpan.FromHours(2), external, (X1, 80), tcp: true));
        bench.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Rst));
        Assert.False(bench.IsAliveAfter(Transitory, external, (X1, 80), tcp: true));
    });

    [Theory, Requirement("TCP-18")]
    public void TCP_18_NewSynOnAClosingTuple_OpensANewConnection(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Connect((A, 5000), (X1, 80));
        bench.FromInside(Frames.Tcp((A, 5000), (X1, 80), TcpFlags.Fin | TcpFlags.Ack));
        bench.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Fin | TcpFlags.Ack));
        bench.FromInside(Frames.Tcp((A, 5000), (X1, 80), TcpFlags.Ack));
        Assert.Equal(external, bench.Connect((A, 5000), (X1, 80)));
        Assert.True(bench.IsAliveAfter(TimeSpan.FromHours(2), external, (X1, 80), tcp: true));
    });

    [Theory, Requirement("TCP-19")]
    public void TCP_19_SynOnAnEstablishedTuple_AndTheChallengeAck_Pass(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Connect((A, 5000), (X1, 80));
        Assert.Equal(external, bench.FromInside(Frames.Syn((A, 5000), (X1, 80)))?.Packet.From);
        Assert.Equal((A, (ushort)5000), bench.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Ack))?.Packet.To);
        Assert.True(bench.IsAliveAfter(TimeSpan.FromHours(2), external, (X1, 80), tcp: true));
    });

    [Theory, Requirement("U-01")]
    public void U_01_OpeningAndClosingTimers_AreApart_AndMayBeSmall(BenchPath path) => Check(
        path, static bench => AssertTimers(bench, bench.Settings.Timeouts),
        static settings => settings with { Timeouts = new FlowTimeouts { TcpOpening = TimeSpan.FromSeconds(5), TcpClosing = TimeSpan.FromSeconds(15) } });

    // Each of the three kinds of connection lives to the tick as long as its own timer says.
    private static void AssertTimers(GatewayBench bench, FlowTimeouts timeouts)
    {
        (uint, ushort) opening = bench.Map((A, 5000), (X1, 80), tcp: true);
        bench.Wait(timeouts.TcpOpening - Tick);
        Assert.NotNull(bench.FromOutside(Frames.Tcp((X1, 80), opening, TcpFlags.Ack)));
        opening = bench.Map((A, 5003), (X1, 80), tcp: true);
        bench.Wait(timeouts.TcpOpening);
        Assert.Null(bench.FromOutside(Frames.Tcp((X1, 80), opening, TcpFlags.Ack)));

        (uint, ushort) established = bench.Connect((A, 5001), (X1, 80));
        Assert.True(bench.IsAliveAfter(timeouts.TcpEstablished - Tick, established, (X1, 80), tcp: true));
        Assert.False(bench.IsAliveAfter(timeouts.TcpEstablished, established, (X1, 80), tcp: true));

        (uint, ushort) closing = bench.Connect((A, 5002), (X1, 80));
        bench.FromInside(Frames.Tcp((A, 5002), (X1, 80), TcpFlags.Fin | TcpFlags.Ack));
        Assert.True(bench.IsAliveAfter(timeouts.TcpClosing - Tick, closing, (X1, 80), tcp: true));
        Assert.False(bench.IsAliveAfter(timeouts.TcpClosing, closing, (X1, 80), tcp: true));
    }
}
