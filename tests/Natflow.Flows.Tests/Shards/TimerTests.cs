using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Packets;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

/// <summary>One millisecond before the boundary the flow lives, at the boundary it is gone; whether or not the wheel came round.</summary>
public sealed class TimerTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    [Theory, InlineData(true), InlineData(false)]
    public void UDP_06_UDP_09_DefaultUdpMapping_LivesFiveMinutesToTheMillisecond(bool wheelRuns)
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Map((A, 5000), (X1, 53));
        Pass(rig, TimeSpan.FromMinutes(5) - Tick, wheelRuns);
        Assert.True(rig.FromOutside(Frames.Udp((X1, 53), external)).IsForwarded);
        Pass(rig, Tick, wheelRuns);
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Udp((X1, 53), external)).Reason);
        Assert.Equal(0, rig.State.Flows.Count);
    }

    [Theory, InlineData(180), InlineData(600)]
    public void UDP_08_TimerIsConfigurable(int seconds)
    {
        using var rig = new ShardRig(Defaults with { Timeouts = new FlowTimeouts { Udp = TimeSpan.FromSeconds(seconds) } });
        (uint, ushort) external = rig.Map((A, 5000), (X1, 53));
        rig.Wait(TimeSpan.FromSeconds(seconds) - Tick);
        Assert.True(rig.FromOutside(Frames.Udp((X1, 53), external)).IsForwarded);
        rig.Wait(Tick);
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Udp((X1, 53), external)).Reason);
    }

    [Fact]
    public void UDP_10_OutboundPackets_RefreshTheMapping()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Map((A, 5000), (X1, 53));
        for (int i = 0; i < 10; i++)
        {
            rig.Wait(TimeSpan.FromSeconds(299));
            Assert.Equal(external, rig.Map((A, 5000), (X1, 53)));
        }

        Assert.Equal(1ul, rig.State.Counters.MappingsMade);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void UDP_11_InboundRefresh_IsASwitch(bool refreshes)
    {
        using var rig = new ShardRig(Defaults with { UdpInboundRefresh = refreshes });
        (uint, ushort) external = rig.Map((A, 5000), (X1, 53));
        for (int i = 0; i < 3; i++)
        {
            rig.Wait(TimeSpan.FromSeconds(100) - Tick);
            Assert.True(rig.FromOutside(Frames.Udp((X1, 53), external)).IsForwarded);
        }

        rig.Wait(3 * Tick);
        Assert.Equal(refreshes, rig.FromOutside(Frames.Udp((X1, 53), external)).IsForwarded);
    }

    [Fact]
    public void U_06_WithInboundRefreshOn_AnybodyOutsideKeepsTheMapping()
    {
        using var rig = new ShardRig(Defaults with { UdpInboundRefresh = true });
        (uint, ushort) external = rig.Map((A, 5000), (X1, 53));
        for (int i = 0; i < 10; i++)
        {
            rig.Wait(TimeSpan.FromSeconds(250));
            Assert.True(rig.FromOutside(Frames.Udp((Y, 99), external)).IsForwarded);
        }
    }

    [Fact]
    public void U_06_StrangerCannotKeepAnEifMappingAliveForEver()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Map((A, 5000), (X1, 53));
        ushort port = 1000;
        for (int seconds = 0; seconds < 299; seconds += 13)
        {
            rig.Wait(TimeSpan.FromSeconds(13) - Tick);
            Assert.True(rig.FromOutside(Frames.Udp((Y, port++), external)).IsForwarded);
        }

        rig.Wait(TimeSpan.FromSeconds(13));
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Udp((Y, port), external)).Reason);
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Udp((Y, (ushort)(port - 1)), external)).Reason);
    }

    [Fact]
    public void U_07_ResetsInAnswerToUnwantedSegments_DoNotRefreshTheMapping()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Map((A, 5000), (X1, 80), tcp: true);
        for (int seconds = 0; seconds < 239; seconds += 30)
        {
            RigPacket probe = rig.FromOutside(Frames.Syn((Y, (ushort)(3000 + seconds)), external));
            Assert.True(probe.IsForwarded, $"{seconds} s");
            rig.FromInside(Frames.Tcp((A, 5000), (Y, (ushort)(3000 + seconds)), TcpFlags.Rst | TcpFlags.Ack));
            rig.Wait(TimeSpan.FromSeconds(30));
        }

        rig.Wait(TimeSpan.FromSeconds(2));
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Syn((Y, 9999), external)).Reason);
    }

    [Fact]
    public void ICMP_03_QuerySession_LivesSixtySeconds()
    {
        using var rig = new ShardRig();
        ushort identifier = rig.FromInside(Frames.Ping(A, X1, 7)).Packet.Identifier;
        rig.Wait(TimeSpan.FromSeconds(60) - Tick);
        Assert.True(rig.FromOutside(Frames.Pong(X1, E1, identifier)).IsForwarded);
        rig.Wait(Tick);
        Assert.NotEqual(Verdict.Forward, rig.FromOutside(Frames.Pong(X1, E1, identifier)).Verdict);
    }

    [Fact]
    public void TCP_07_EstablishedConnection_LivesTwoHoursAndFourMinutes()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Connect((A, 5000), (X1, 80));
        rig.Wait(TimeSpan.FromSeconds(7440) - Tick);
        Assert.True(rig.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Ack, 5)).IsForwarded);
        rig.Wait(TimeSpan.FromSeconds(7440) - Tick);
        Assert.True(rig.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Ack, 5)).IsForwarded);
        rig.Wait(TimeSpan.FromSeconds(7440));
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Ack, 5)).Reason);
    }

    [Fact]
    public void TCP_08_PartlyOpenConnection_LivesFourMinutes()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Map((A, 5000), (X1, 80), tcp: true);
        rig.Wait(TimeSpan.FromMinutes(4) - Tick);
        Assert.True(rig.FromOutside(Frames.SynAck((X1, 80), external)).IsForwarded);

        (uint, ushort) other = rig.Map((A, 5001), (X1, 80), tcp: true);
        rig.Wait(TimeSpan.FromMinutes(4));
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.SynAck((X1, 80), other)).Reason);
    }

    [Fact]
    public void TCP_08_HalfClosedConnection_OtherSideMaySendForFourMinutes()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Connect((A, 5000), (X1, 80));
        rig.FromInside(Frames.Tcp((A, 5000), (X1, 80), TcpFlags.Fin | TcpFlags.Ack));
        for (int i = 0; i < 3; i++)
        {
            rig.Wait(TimeSpan.FromMinutes(4) - Tick);
            Assert.True(rig.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Ack, 100)).IsForwarded);
        }

        rig.Wait(TimeSpan.FromMinutes(4));
        Assert.Equal(0, rig.State.Flows.Count);
    }

    [Fact]
    public void TCP_09_U_01_OpeningAndClosingTimers_MoveAlone()
    {
        var timeouts = new FlowTimeouts
        {
            TcpOpening = TimeSpan.FromSeconds(10),
            TcpClosing = TimeSpan.FromSeconds(20),
            TcpEstablished = TimeSpan.FromSeconds(30),
        };
        using var rig = new ShardRig(Defaults with { Timeouts = timeouts });
        rig.Map((A, 5000), (X1, 80), tcp: true);
        rig.Connect((A, 5001), (X1, 80));
        rig.Connect((A, 5002), (X1, 80));
        rig.FromInside(Frames.Tcp((A, 5002), (X1, 80), TcpFlags.Fin | TcpFlags.Ack));
        int[] living = [.. Enumerable.Range(0, 3).Select(_ =>
        {
            rig.Wait(TimeSpan.FromSeconds(10) + TimeSpan.FromSeconds(1.5));
            return rig.State.Flows.Count;
        })];

        Assert.Equal([2, 1, 0], living);
    }

    [Fact]
    public void TCP_16_TCP_17_ResetIsDelivered_StateStaysFourMinutes_AndTrafficRevivesIt()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Connect((A, 5000), (X1, 80));
        Assert.True(rig.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Rst)).IsForwarded);
        rig.Wait(TimeSpan.FromMinutes(4) - Tick);
        Assert.True(rig.FromInside(Frames.Tcp((A, 5000), (X1, 80), TcpFlags.Ack, 10)).IsForwarded);
        Assert.Equal(FlowState.TcpEstablished, rig.State.Flows.Flow(0).State);
        rig.Wait(TimeSpan.FromHours(2));
        Assert.True(rig.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Ack, 10)).IsForwarded);

        rig.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Rst));
        rig.Wait(TimeSpan.FromMinutes(4));
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Ack, 10)).Reason);
    }

    [Fact]
    public void TCP_18_NewSynOnAClosingTuple_OpensANewConnection()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Connect((A, 5000), (X1, 80));
        rig.FromInside(Frames.Tcp((A, 5000), (X1, 80), TcpFlags.Fin | TcpFlags.Ack));
        rig.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Fin | TcpFlags.Ack));
        rig.FromInside(Frames.Tcp((A, 5000), (X1, 80), TcpFlags.Ack));

        Assert.Equal(external, rig.Connect((A, 5000), (X1, 80)));
        Assert.Equal(FlowState.TcpEstablished, rig.State.Flows.Flow(0).State);
    }

    [Fact]
    public void TCP_18_NewSynOnAHalfClosedTuple_OpensANewConnection()
    {
        using var rig = new ShardRig();
        rig.Connect((A, 5000), (X1, 80));
        rig.FromInside(Frames.Tcp((A, 5000), (X1, 80), TcpFlags.Fin | TcpFlags.Ack));

        rig.Connect((A, 5000), (X1, 80));

        Assert.Equal(FlowState.TcpEstablished, rig.State.Flows.Flow(0).State);
    }

    [Fact]
    public void TCP_19_SynOnAnEstablishedTuple_IsPassed_AndTheChallengeAckComesBack()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Connect((A, 5000), (X1, 80));

        Assert.Equal(external, rig.FromInside(Frames.Syn((A, 5000), (X1, 80))).Packet.From);
        Assert.True(rig.FromOutside(Frames.Tcp((X1, 80), external, TcpFlags.Ack)).IsForwarded);
        Assert.Equal(FlowState.TcpEstablished, rig.State.Flows.Flow(0).State);
    }

    [Fact]
    public void TCP_03_SimultaneousOpen_Works()
    {
        using var rig = new ShardRig(Defaults with { Filtering = FilteringMode.AddressAndPortDependent });
        (uint, ushort) external = rig.Map((A, 5000), (X2, 99), tcp: true);
        Assert.Equal(DropReason.Filtered, rig.FromOutside(Frames.Syn((X1, 80), external)).Reason);
        Assert.Equal(external, rig.FromInside(Frames.Syn((A, 5000), (X1, 80))).Packet.From);
        Assert.True(rig.FromOutside(Frames.Syn((X1, 80), external)).IsForwarded);
        Assert.True(rig.FromInside(Frames.SynAck((A, 5000), (X1, 80))).IsForwarded);
        Assert.Contains(FlowState.TcpEstablished, new[] { rig.State.Flows.Flow(0).State, rig.State.Flows.Flow(1).State });
    }

    [Fact]
    public void U_11_QueryMapping_GoesWithItsLastSession()
    {
        using var rig = new ShardRig();
        rig.FromInside(Frames.Ping(A, X1, 7));
        rig.FromInside(Frames.Ping(A, X2, 7));
        Assert.Equal(1, rig.State.Mappings.Count);
        rig.Wait(TimeSpan.FromSeconds(62));
        Assert.Equal(0, rig.State.Mappings.Count);
    }

    [Fact]
    public void Clock_AtTheWrapOf32Bits_ChangesNothing()
    {
        using var rig = new ShardRig();
        rig.Skip(TimeSpan.FromMilliseconds(uint.MaxValue - rig.NowMs - 100_000));
        rig.Settle();
        (uint, ushort) external = rig.Map((A, 5000), (X1, 53));
        rig.Wait(TimeSpan.FromSeconds(200));
        Assert.Equal(external, rig.Map((A, 5000), (X1, 53)));
        rig.Wait(TimeSpan.FromSeconds(302));
        Assert.Equal(0, rig.State.Flows.Count);
    }

    private static void Pass(ShardRig rig, TimeSpan time, bool wheelRuns)
    {
        if (wheelRuns)
            rig.Wait(time);
        else
            rig.Skip(time);
    }
}
