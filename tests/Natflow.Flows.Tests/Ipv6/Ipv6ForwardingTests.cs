using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Packets;
using Natflow.Packets.Ip;

using static Natflow.Flows.Tests.Ipv6.Ipv6Rig;

namespace Natflow.Flows.Tests.Ipv6;

public sealed class Ipv6ForwardingTests
{
    [Fact]
    public void V6_01_OutboundAndAnswer_PassUnchangedButForHopLimit()
    {
        using var rig = new Ipv6Rig();
        for (int round = 0; round < 3; round++)
        {
            byte[] question = Udp(A, X, 5000, 53);
            Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(question));
            rig.AssertOutput(question);
            byte[] answer = Udp(X, A, 53, 5000, payloadBytes: 90);
            Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(answer));
            rig.AssertOutput(answer);
        }

        Assert.Equal(1, rig.V6.Flows.Count);
        Assert.Equal(FlowState.UdpSteady, rig.V6.Flows.Flow(0).State);
        Assert.Equal((3UL, 3UL), (rig.V6.Counters.ForwardedOut, rig.V6.Counters.ForwardedIn));
    }

    [Fact]
    public void Stream_ThatNobodyAnswered_IsSteadyAfterItsAnswer()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5001, 53));
        rig.FromWan(Udp(X, A, 53, 5001)); // The way to the subscriber is known then.
        for (int i = 0; i < 8; i++)
            Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(Udp(A, X, 5000, 514)));
        Assert.Equal(FlowState.UdpOneWay, rig.V6.Flows.Flow(1).State);
        Assert.Equal(8UL, rig.V6.Flows.Flow(1).PacketsOut);

        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Udp(X, A, 514, 5000)));

        Assert.Equal(FlowState.UdpSteady, rig.V6.Flows.Flow(1).State);
    }

    [Fact]
    public void V6_01_UserOfAddress_IsCountedLikeAnIpv4One()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5000, 53, payloadBytes: 52));
        rig.FromWan(Udp(X, A, 53, 5000, payloadBytes: 152));
        uint user = rig.V6.FindUser(A, zone: 0);
        Assert.Equal(1u, rig.State.Users[user].FlowCount);
        rig.NowMs += 300_000;
        rig.State.Advance(rig.NowMs + 2_000);
        Assert.Equal(0, rig.V6.Flows.Count);
        Assert.Equal((100UL, 200UL), (rig.State.Users[user].EndedBytesOut, rig.State.Users[user].EndedBytesIn));
    }

    [Fact]
    public void V6_01_SubscriberOf64Bits_IsOneUserForAllItsAddresses()
    {
        using var rig = new Ipv6Rig(Defaults with { SubscriberBits = 64 });
        rig.FromLan(Udp(A, X, 5000, 53));
        rig.FromLan(Udp(B, X, 5000, 53));
        Assert.Equal(rig.V6.FindUser(A, 0), rig.V6.FindUser(B, 0));
        Assert.Equal(2u, rig.State.Users[rig.V6.FindUser(A, 0)].FlowCount);
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Udp(X, B, 53, 5000)));
    }

    [Fact]
    public void V6_01_PolicyDrop_TakesEffectOnTheNextPacketAndTellsTheSubscriber()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5000, 53));
        rig.FromWan(Udp(X, A, 53, 5000));
        rig.State.SetUserVerdict(rig.V6.FindUser(A, 0), Verdict.Drop);
        Assert.Equal(Verdict.Reflect, rig.FromLan(Udp(A, X, 5000, 53)));
        Assert.Equal((Icmpv6Type.DestinationUnreachable, Icmpv6Type.CodeProhibited), (rig.Segment[0], rig.Segment[1]));
        rig.AssertDropped(DropReason.Policy, Udp(X, A, 53, 5000), Side.Wan);
        Assert.Equal(2UL, rig.State.Drops.Read(DropReason.Policy));
    }

    [Fact]
    public void V6_01_FlowQuota_RefusesTheNextFlowOnly()
    {
        using var rig = new Ipv6Rig(Defaults with { LanAddress = null }, static settings => settings with { FlowsPerUserMax = 2 });
        rig.FromLan(Udp(A, X, 1, 53));
        rig.FromLan(Udp(A, X, 2, 53));
        rig.AssertDropped(DropReason.FlowQuotaExceeded, Udp(A, X, 3, 53), Side.Lan);
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(Udp(B, X, 3, 53)));
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(Udp(A, X, 2, 53)));
    }

    [Theory]
    [InlineData(299_999, true)]
    [InlineData(300_000, false)]
    public void V6_01_UdpIdleTime_EndsAtItsBoundary(int silenceMs, bool isAlive)
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5000, 53));
        rig.NowMs += silenceMs;
        Verdict verdict = rig.FromWan(Udp(X, A, 53, 5000));
        Assert.Equal(isAlive ? Verdict.ForwardUntranslated : Verdict.Drop, verdict);
    }

    [Fact]
    public void V6_01_IdleUser_GivesItsStandInBack()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5000, 53));
        Assert.Equal(1, rig.V6.Subscribers.Count);
        for (int i = 0; i < 8; i++)
        {
            rig.NowMs += 300_000;
            rig.State.Advance(rig.NowMs);
        }

        Assert.Equal(0, rig.V6.Subscribers.Count);
        Assert.Equal(0, rig.State.Users.Count);
    }

    [Fact]
    public void V6_01_TcpConnection_FollowsTheMachine()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Tcp(A, X, 4000, 80, TcpFlags.Syn));
        Assert.Equal(FlowState.TcpInsideInit, rig.V6.Flows.Flow(0).State);
        rig.FromWan(Tcp(X, A, 80, 4000, TcpFlags.Syn | TcpFlags.Ack));
        Assert.Equal(FlowState.TcpEstablished, rig.V6.Flows.Flow(0).State);
        rig.FromLan(Tcp(A, X, 4000, 80, TcpFlags.Ack));
        rig.FromLan(Tcp(A, X, 4000, 80, TcpFlags.Fin | TcpFlags.Ack));
        rig.FromWan(Tcp(X, A, 80, 4000, TcpFlags.Fin | TcpFlags.Ack));
        Assert.Equal(FlowState.TcpBothFin, rig.V6.Flows.Flow(0).State);
        Assert.Equal((3UL, 2UL), (rig.V6.Flows.Flow(0).PacketsOut, rig.V6.Flows.Flow(0).PacketsIn));
    }

    [Fact]
    public void V6_01_SpoofedOrMartianSource_IsDropped()
    {
        using var rig = new Ipv6Rig();
        rig.AssertDropped(DropReason.SpoofedSource, Udp(Y, X, 1, 2), Side.Lan);
        rig.AssertDropped(DropReason.SpoofedSource, Udp(B, A, 1, 2), Side.Wan);
        rig.AssertDropped(DropReason.MartianAddress, Udp(Address("::1"), X, 1, 2), Side.Lan);
        rig.AssertDropped(DropReason.MartianAddress, Udp(Address("ff02::1"), A, 1, 2), Side.Wan);
        rig.AssertDropped(DropReason.MartianAddress, Udp(Address("::ffff:10.0.0.1"), A, 1, 2), Side.Wan);
    }

    [Fact]
    public void V6_01_LocalTraffic_IsTheHosts()
    {
        using var rig = new Ipv6Rig();
        Assert.Equal(Verdict.PassToHost, rig.FromLan(Udp(Address("fe80::1"), Address("ff02::2"), 1, 2)));
        Assert.Equal(Verdict.PassToHost, rig.FromLan(Udp(A, LanGateway, 1, 22)));
        Assert.Equal(Verdict.PassToHost, rig.FromWan(Udp(X, WanGateway, 1, 22)));
        Assert.Equal(Verdict.PassToHost, rig.FromLan(Ip(A, X, 255).Icmp(135, 0, 0).Payload(Bytes(X)).ToArray()));
    }

    [Fact]
    public void V6_03_Unsolicited_IsFiltered()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5000, 53));
        rig.AssertDropped(DropReason.Filtered, Udp(Y, A, 53, 5000), Side.Wan);
        rig.AssertDropped(DropReason.Filtered, Udp(X, A, 54, 5000), Side.Wan);
        rig.AssertDropped(DropReason.Filtered, Tcp(X, A, 53, 5000, TcpFlags.Syn), Side.Wan);
        rig.AssertDropped(DropReason.Filtered, Tcp(X, A, 53, 5000, TcpFlags.Ack), Side.Wan);
        Assert.Equal(1, rig.V6.Flows.Count);
    }

    [Fact]
    public void V6_03_FilterOff_LetsAnyoneIn()
    {
        using var rig = new Ipv6Rig(Defaults with { Filter = false });
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Udp(Y, A, 53, 5000)));
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Tcp(Y, A, 53, 5000, TcpFlags.Syn)));
        rig.AssertDropped(DropReason.TcpNotSyn, Tcp(Y, A, 53, 5001, TcpFlags.Ack), Side.Wan);
    }

    [Theory]
    [InlineData(true, Verdict.ForwardUntranslated)]
    [InlineData(false, Verdict.Drop)]
    public void V6_03_IkeEspAndEchoFromOutside_ByTheirSwitches(bool isOn, Verdict expected)
    {
        using var rig = new Ipv6Rig(Defaults with { EchoFromOutside = isOn, IpsecFromOutside = isOn });
        Assert.Equal(expected, rig.FromWan(Udp(X, A, 500, 500)));
        Assert.Equal(expected, rig.FromWan(Ip(X, A).Protocol(IpProtocol.Esp).Payload(Payload(40)).ToArray()));
        Assert.Equal(expected, rig.FromWan(Echo(X, A, IcmpType.EchoRequestV6, 7)));
        rig.AssertDropped(DropReason.Filtered, Echo(X, A, IcmpType.EchoReplyV6, 8), Side.Wan);
    }

    [Fact]
    public void V6_03_EspAndPingFromInside_GetTheirAnswers()
    {
        using var rig = new Ipv6Rig(Defaults with { EchoFromOutside = false, IpsecFromOutside = false });
        rig.FromLan(Ip(A, X).Protocol(IpProtocol.Esp).Payload(Payload(40)).ToArray());
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Ip(X, A).Protocol(IpProtocol.Esp).Payload(Payload(40)).ToArray()));
        rig.FromLan(Echo(A, X, IcmpType.EchoRequestV6, 9));
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Echo(X, A, IcmpType.EchoReplyV6, 9)));
        rig.AssertDropped(DropReason.Filtered, Echo(X, A, IcmpType.EchoReplyV6, 10), Side.Wan);
    }

    [Theory]
    [InlineData(Icmpv6Type.DestinationUnreachable)]
    [InlineData(Icmpv6Type.PacketTooBig)]
    [InlineData(Icmpv6Type.TimeExceeded)]
    [InlineData(Icmpv6Type.ParameterProblem)]
    public void V6_03_ErrorAboutAFlow_PassesFromAnyRouter(byte type)
    {
        using var rig = new Ipv6Rig();
        byte[] sent = Udp(A, X, 5000, 53, payloadBytes: 1300);
        rig.FromLan(sent);
        byte[] error = Error(Y, A, type, 0, 1280, sent, quotedBytesMax: 48);
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(error));
        rig.AssertOutput(error);
    }

    [Fact]
    public void V6_03_ErrorThatQuotesNothingOfOurs_IsDropped()
    {
        using var rig = new Ipv6Rig();
        byte[] sent = Udp(A, X, 5000, 53);
        rig.FromLan(sent);
        rig.AssertDropped(DropReason.IcmpErrorNoFlow, Error(Y, A, 1, 4, 0, Udp(A, X, 5001, 53)), Side.Wan);
        rig.AssertDropped(DropReason.IcmpErrorNoFlow, Error(Y, B, 1, 4, 0, sent), Side.Wan);
        rig.AssertDropped(DropReason.UnsupportedIcmp, Error(Y, A, 100, 0, 0, sent), Side.Wan);
        byte[] broken = Error(Y, A, 1, 4, 0, sent);
        broken[^1] ^= 1;
        rig.AssertDropped(DropReason.IcmpErrorBadChecksum, broken, Side.Wan);
    }

    [Fact]
    public void V6_04_ExtensionHeaders_AreSteppedOverAndCounted()
    {
        using var rig = new Ipv6Rig();
        byte[] options = new byte[6];
        byte[] question = Ip(A, X).Extension(IpProtocol.HopByHop, options).Extension(IpProtocol.DestinationOptions, options).Udp(5000, 53).ToArray();
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(question));
        rig.AssertOutput(question);
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Udp(X, A, 53, 5000)));
        Assert.Equal(1UL, rig.V6.Counters.ExtensionHeaders);
    }

    [Fact]
    public void V6_05_WithdrawnPrefix_IsRejectedAndTheUserStaysKnown()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5000, 53));
        rig.FromWan(Udp(X, A, 53, 5000));
        rig.V6.SetLanPrefixes([Prefix("2001:db8:9::/48")]);
        Assert.Equal(Verdict.Reflect, rig.FromLan(Udp(A, X, 5000, 53)));
        Assert.Equal((Icmpv6Type.DestinationUnreachable, Icmpv6Type.CodeSourceFailedPolicy), (rig.Segment[0], rig.Segment[1]));
        rig.AssertDropped(DropReason.StaleGeneration, Udp(X, A, 53, 5000), Side.Wan);
        Assert.Equal(0, rig.V6.Flows.Count);
        Assert.NotEqual(uint.MaxValue, rig.V6.FindUser(A, 0));
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(Udp(Address("2001:db8:9::10"), X, 5000, 53)));
    }

    [Fact]
    public void FullTable_RefusesNewFlowsAndKeepsTheOld()
    {
        using var rig = new Ipv6Rig(Defaults with { FlowCapacity = 2, LanAddress = null });
        rig.FromLan(Udp(A, X, 1, 53));
        rig.FromLan(Udp(A, X, 2, 53));
        rig.AssertDropped(DropReason.FlowTableFull, Udp(A, X, 3, 53), Side.Lan);
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Udp(X, A, 53, 1)));
    }

    [Theory]
    [InlineData(Paths.PathTable.AsIsWan)]
    [InlineData(Paths.PathTable.AsIsLan)]
    public void TCP_21_Syn_IsClampedToTheNarrowerWayLessTheLongerHeader_BothWays(ushort narrowPath)
    {
        using var rig = new Ipv6Rig();
        rig.State.Paths[narrowPath].MssClampBytes = 1452; // Of IPv4, with PPPoE.
        byte[] syn = Ip(A, X).Tcp(4000, 80, TcpFlags.Syn, options: [2, 4, 0x05, 0xA0]).ToArray(); // 1440
        byte[] answer = Ip(X, A).Tcp(80, 4000, TcpFlags.Syn | TcpFlags.Ack, options: [2, 4, 0x05, 0xA0]).ToArray();
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(syn));
        rig.AssertSound();
        Assert.Equal([2, 4, 0x05, 0x98], rig.Segment[20..24].ToArray()); // 1432
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(answer));
        rig.AssertSound();
        Assert.Equal([2, 4, 0x05, 0x98], rig.Segment[20..24].ToArray());
        Assert.Equal(2UL, rig.V6.Counters.MssClamped);

        byte[] small = Ip(A, X).Tcp(4001, 80, TcpFlags.Syn, options: [2, 4, 0x04, 0xB0]).ToArray(); // 1200
        rig.FromLan(small);
        rig.AssertOutput(small);
    }

    [Fact]
    public void TCP_21_Syn_WithoutAClampOnItsWays_IsLeftAlone()
    {
        using var rig = new Ipv6Rig();
        byte[] syn = Ip(A, X).Tcp(4000, 80, TcpFlags.Syn, options: [2, 4, 0x05, 0xA0]).ToArray();
        rig.FromLan(syn);
        rig.AssertOutput(syn);
    }
}
