using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Packets.Build;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

public sealed class IcmpResponderTests
{
    [Fact]
    public void ICMP_15_TtlThatExpires_FromInside_IsReportedByTheGateway_QuotingTheOriginal()
    {
        using var rig = new ShardRig();
        foreach (byte[] probe in new[]
                 {
                     Frames.Udp((A, 5000), (X1, 33434), ttl: 1), Frames.Tcp((A, 5001), (X1, 80), 2, ttl: 1), Frames.Ping(A, X1, 9, ttl: 1),
                 })
        {
            RigPacket answer = rig.FromInside(probe);

            Assert.Equal((Verdict.Reflect, DropReason.TtlExpired, Side.Lan), (answer.Verdict, answer.Reason, answer.Egress));
            Assert.Equal((GatewayInside, A, (byte)11, (byte)0), (answer.Packet.Source, answer.Packet.Destination, answer.Packet.Icmp.Type, answer.Packet.Icmp.Code));
            Assert.Equal(PacketView.Of(probe).Bytes, answer.Packet.Quote.Bytes);
            Assert.Equal(probe[..6], answer.Frame[6..12]);
            Assert.Equal(probe[6..12], answer.Frame[..6]);
        }

        Assert.Equal(3ul, rig.State.Counters.IcmpErrorsSent);
    }

    [Fact]
    public void ICMP_15_TtlThatExpires_FromOutsideToAStaticMapping_IsReportedByTheGateway()
    {
        using var rig = new ShardRig(Defaults with { PortForwards = [new PortForward(IpProtocol.Udp, E1, 53, B, 53)] });
        byte[] probe = Frames.Udp((X1, 4000), (E1, 53), ttl: 1);

        RigPacket answer = rig.FromOutside(probe);

        Assert.Equal((Verdict.Reflect, Side.Wan, GatewayOutside, X1), (answer.Verdict, answer.Egress, answer.Packet.Source, answer.Packet.Destination));
        Assert.Equal(PacketView.Of(probe).Bytes, answer.Packet.Quote.Bytes);
        Assert.Equal((B, (byte)1), rig.FromOutside(Frames.Udp((X1, 4000), (E1, 53), ttl: 2)) is { } passed ? (passed.Packet.Destination, passed.Packet.Ttl) : default);
    }

    [Fact]
    public void UDP_21_DontFragmentAndTooBig_IsReportedWithTheMtu_QuotingTheOriginal()
    {
        using var rig = new ShardRig();
        rig.State.Paths[PathTable.AsIsWan].MtuBytes = 1400;
        byte[] big = PacketBuilder.Ethernet().Ipv4(A, X1, dontFragment: true).Udp(5000, 53).Payload(new byte[1472]).ToArray();
        foreach (int attempt in (int[])[1, 2])
        {
            RigPacket answer = rig.FromInside(big);

            Assert.Equal((Verdict.Reflect, DropReason.PacketTooBig, Side.Lan), (answer.Verdict, answer.Reason, answer.Egress));
            Assert.Equal(((byte)3, (byte)4, (ushort)1400), (answer.Packet.Icmp.Type, answer.Packet.Icmp.Code, answer.Packet.NextHopMtu));
            Assert.Equal(576, answer.Packet.TotalBytes);
            Assert.Equal(PacketView.Of(big).Bytes[..548], answer.Packet.Quote.Bytes);
            Assert.True(rig.FromInside(PacketBuilder.Ethernet().Ipv4(A, X1, dontFragment: true).Udp(5000, 53).Payload(new byte[1372]).ToArray()).IsForwarded, $"attempt {attempt}");
        }
    }

    [Fact]
    public void UDP_21_FromOutside_TheMtuOfTheSubscribersWayCounts()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Map((A, 5000), (X1, 53));
        rig.FromOutside(Frames.Udp((X1, 53), external));
        rig.State.Paths[PathTable.AsIsLan].MtuBytes = 1280;
        byte[] big = PacketBuilder.Ethernet().Ipv4(X1, E1, dontFragment: true).Udp(53, external.Item2).Payload(new byte[1300]).ToArray();

        RigPacket answer = rig.FromOutside(big);

        Assert.Equal((Verdict.Reflect, Side.Wan, (ushort)1280), (answer.Verdict, answer.Egress, answer.Packet.NextHopMtu));
        Assert.Equal(external, answer.Packet.Quote.To);
    }

    [Fact]
    public void CGN_11_NoRoom_AnswersHostUnreachable()
    {
        using var rig = new ShardRig(Defaults with { FlowCapacity = 1 });
        rig.Map((A, 5000), (X1, 53));

        RigPacket answer = rig.FromInside(Frames.Udp((A, 5001), (X1, 53)));

        Assert.Equal((Verdict.Reflect, DropReason.FlowTableFull, (byte)3, (byte)1), (answer.Verdict, answer.Reason, answer.Packet.Icmp.Type, answer.Packet.Icmp.Code));
    }

    [Fact]
    public void ICMP_13_ExhaustedQuota_AnswersProhibited_WithinTheSubscribersRate()
    {
        using var rig = new ShardRig(Defaults with { FlowsPerUserMax = 1, IcmpErrorsPerUserPerSecondMax = 5 });
        rig.Map((A, 5000), (X1, 53));
        RigPacket[] answers = [.. Enumerable.Range(0, 50).Select(i => rig.FromInside(Frames.Udp((A, (ushort)(6000 + i)), (X1, 53))))];

        Assert.All(answers, answer => Assert.Equal(DropReason.FlowQuotaExceeded, answer.Reason));
        Assert.Equal(5, answers.Count(static answer => answer.Verdict == Verdict.Reflect));
        Assert.All(answers.Take(5), answer => Assert.Equal(((byte)3, (byte)13), (answer.Packet.Icmp.Type, answer.Packet.Icmp.Code)));
        Assert.Equal(45ul, rig.State.Counters.IcmpErrorsSuppressed);
        rig.Skip(TimeSpan.FromMilliseconds(200));
        Assert.Equal(Verdict.Reflect, rig.FromInside(Frames.Udp((A, 7000), (X1, 53))).Verdict);
        Assert.Equal(Verdict.Drop, rig.FromInside(Frames.Udp((A, 7000), (X1, 53))).Verdict);
    }

    [Fact]
    public void ShardRate_BoundsErrorsToTheOutside()
    {
        using var rig = new ShardRig(Defaults with { IcmpErrorsPerSecondMax = 10 });
        int sent = Enumerable.Range(0, 100).Count(i => rig.FromOutside(Frames.Udp((X1 + (uint)i, 9), (E1, 99), ttl: 1)).Verdict == Verdict.Reflect);

        Assert.Equal(10, sent);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void ICMP_14_GenerationMayBeOff_PerSide(bool inside)
    {
        using var rig = new ShardRig(Defaults with { IcmpErrorsInside = !inside, IcmpErrorsOutside = inside });

        Assert.Equal(inside ? Verdict.Drop : Verdict.Reflect, rig.FromInside(Frames.Udp((A, 5000), (X1, 53), ttl: 1)).Verdict);
        Assert.Equal(inside ? Verdict.Reflect : Verdict.Drop, rig.FromOutside(Frames.Udp((X1, 53), (E1, 99), ttl: 1)).Verdict);
    }

    [Fact]
    public void NoOwnAddressKnown_GeneratesNothing_AndCounts()
    {
        using var rig = new ShardRig();
        rig.State.SetIcmpSource(Side.Lan, 0);

        Assert.Equal(Verdict.Drop, rig.FromInside(Frames.Udp((A, 5000), (X1, 53), ttl: 1)).Verdict);
        Assert.Equal(1ul, rig.State.Counters.IcmpErrorsSuppressed);
    }

    [Fact]
    public void NothingIsSaid_AboutErrors_LaterFragments_AndLinkMulticast()
    {
        using var rig = new ShardRig();
        RigPacket sent = rig.FromInside(Frames.Udp((A, 5000), (X1, 53)));
        byte[] error = PacketBuilder.Ethernet().Ipv4(Y, E1, ttl: 1).Icmp(3, 1, 0).Payload(sent.Packet.Bytes.AsSpan(0, 28)).ToArray();
        byte[] later = PacketBuilder.Ethernet().Ipv4(A, X1, ttl: 1, identification: 4, fragmentOffsetBytes: 800).Protocol(17).Payload(new byte[8]).ToArray();
        byte[] multicast = PacketBuilder.Ethernet(destination: 0x01_00_5E_00_00_01).Ipv4(A, X1, ttl: 1).Udp(1, 2).ToArray();

        Assert.Equal(Verdict.Drop, rig.FromOutside(error).Verdict);
        Assert.Equal(Verdict.Drop, rig.FromInside(later).Verdict);
        Assert.Equal(Verdict.Drop, rig.FromInside(multicast).Verdict);
    }

    [Fact]
    public void Report_InVlanAndPppoe_KeepsTheEncapsulation()
    {
        using var rig = new ShardRig();
        RigPacket vlan = rig.FromInside(PacketBuilder.Ethernet().Vlan(7).Ipv4(A, X1, ttl: 1).Udp(1, 2).Payload(new byte[20]).ToArray());
        RigPacket pppoe = rig.FromInside(PacketBuilder.Ethernet().Pppoe(9).Ipv4(A, X1, ttl: 1).Udp(1, 2).Payload(new byte[20]).ToArray());

        Assert.Equal((byte)11, vlan.Packet.Icmp.Type);
        Assert.Equal((byte)11, pppoe.Packet.Icmp.Type);
        Assert.Equal(pppoe.Packet.TotalBytes + 2, (pppoe.Frame[18] << 8) | pppoe.Frame[19]);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void ICMP_17_PingOfAPublicAddress_IsAnsweredOrDropped_AndReachesNoInsideHost(bool answers)
    {
        using var rig = new ShardRig(Defaults with { AnswerPing = answers });
        ushort identifier = rig.FromInside(Frames.Ping(A, X1, 7)).Packet.Identifier;
        rig.FromOutside(Frames.Pong(X1, E1, identifier));
        RigPacket pong = rig.FromOutside(Frames.Ping(X1, E1, identifier));

        Assert.Equal(answers ? Verdict.Reflect : Verdict.Drop, pong.Verdict);
        if (!answers)
            return;
        Assert.Equal((Side.Wan, E1, X1, (byte)0, identifier), (pong.Egress, pong.Packet.Source, pong.Packet.Destination, pong.Packet.Icmp.Type, pong.Packet.Identifier));
        Assert.Equal(Frames.Pattern(8), pong.Packet.Payload[8..]);
        Assert.Equal(Side.Lan, rig.FromInside(Frames.Ping(A, E1, 3)).Egress);
        Assert.Equal(Verdict.Reflect, rig.FromOutside(Frames.Ping(X1, E1, 1, ttl: 1)).Verdict);
    }

    [Fact]
    public void OtherQueriesFromOutside_NeverReachAnInsideHost_EvenWithItsIdentifier()
    {
        using var rig = new ShardRig();
        ushort identifier = rig.FromInside(Frames.Query(A, X1, 13, 7)).Packet.Identifier;
        Assert.True(rig.FromOutside(Frames.Query(X1, E1, 14, identifier)).IsForwarded);

        Assert.Equal(DropReason.Filtered, rig.FromOutside(Frames.Query(X1, E1, 13, identifier)).Reason);
    }

    [Fact]
    public void TCP_05_UnsolicitedSyn_GetsSilence_AndTheMatchingOutboundSynMakesItForgotten()
    {
        using var rig = new ShardRig(Defaults with { TcpFiltering = FilteringMode.AddressAndPortDependent });
        (uint, ushort) external = rig.Map((A, 5000), (X2, 80), tcp: true);
        RigPacket syn = rig.FromOutside(Frames.Syn((X1, 80), external));
        Assert.Equal((Verdict.Drop, DropReason.Filtered), (syn.Verdict, syn.Reason));
        rig.Wait(TimeSpan.FromSeconds(3));
        Assert.Equal(external, rig.Map((A, 5000), (X1, 80), tcp: true));
        rig.Wait(TimeSpan.FromSeconds(30));

        Assert.Empty(rig.TakeExtras());
        Assert.True(rig.FromOutside(Frames.SynAck((X1, 80), external)).IsForwarded);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void TCP_06_AfterSixSeconds_TheSynIsRefusedByIcmp_OrNeverAnswered(bool refuses)
    {
        using var rig = new ShardRig(Defaults with { RefuseUnsolicitedSyn = refuses });
        byte[] syn = Frames.Syn((X1, 80), (E1, 4000));
        Assert.Equal((Verdict.Drop, DropReason.NoMapping), rig.FromOutside(syn) is { } sent ? (sent.Verdict, sent.Reason) : default);
        rig.Wait(TimeSpan.FromMilliseconds(5_999));
        Assert.Empty(rig.TakeExtras());
        rig.Wait(TimeSpan.FromMilliseconds(1));
        IReadOnlyList<RigPacket> answers = rig.TakeExtras();

        Assert.Equal(refuses ? 1 : 0, answers.Count);
        if (!refuses)
            return;
        Assert.Equal((Side.Wan, X1, (byte)3, (byte)3), (answers[0].Egress, answers[0].Packet.Destination, answers[0].Packet.Icmp.Type, answers[0].Packet.Icmp.Code));
        Assert.Equal(PacketView.Of(syn).Bytes[..28], answers[0].Packet.Quote.Bytes);
        Assert.Equal(0, rig.ChunksInUse);
    }

    [Fact]
    public void TCP_05_SynFloodFromOutside_IsBounded()
    {
        using var rig = new ShardRig();
        for (int i = 0; i < 5_000; i++)
            Assert.Equal(Verdict.Drop, rig.FromOutside(Frames.Syn((X1 + (uint)i, 80), (E1, 4000))).Verdict);
        rig.Wait(TimeSpan.FromSeconds(6));

        Assert.Equal(256, rig.TakeExtras().Count);
        Assert.Equal(0, rig.ChunksInUse);
    }

    [Fact]
    public void TCP_21_MssIsClampedPerUplink_BothWays_AndOffElsewhere()
    {
        using var rig = new ShardRig();
        byte[] plain = rig.FromInside(Frames.SynWithMss((A, 5000), (X1, 80), 1460)).Packet.Payload;
        Assert.Equal([2, 4, 0x05, 0xB4], plain[20..24]);
        rig.State.Paths[PathTable.AsIsWan].MssClampBytes = 1452;

        RigPacket syn = rig.FromInside(Frames.SynWithMss((A, 5001), (X1, 80), 1460));
        RigPacket answer = rig.FromOutside(Frames.SynWithMss((X1, 80), syn.Packet.From, 1460, flags: 0x12));
        RigPacket small = rig.FromInside(Frames.SynWithMss((A, 5002), (X1, 80), 1200));

        Assert.Equal([2, 4, 0x05, 0xAC], syn.Packet.Payload[20..24]);
        Assert.Equal([2, 4, 0x05, 0xAC], answer.Packet.Payload[20..24]);
        Assert.Equal([2, 4, 0x04, 0xB0], small.Packet.Payload[20..24]);
        Assert.Equal(2ul, rig.State.Counters.MssClamped);
    }
}
