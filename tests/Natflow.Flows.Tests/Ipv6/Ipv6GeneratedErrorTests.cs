using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Packets.Family;
using Natflow.Packets.Ip;

using static Natflow.Flows.Tests.Ipv6.Ipv6Rig;

namespace Natflow.Flows.Tests.Ipv6;

public sealed class Ipv6GeneratedErrorTests
{
    [Fact]
    public void V6_02_TooBigOutbound_IsAnsweredWithTheMtuOfTheWay()
    {
        using var rig = new Ipv6Rig();
        rig.State.Paths[PathTable.AsIsWan].MtuBytes = 1280;
        byte[] sent = Udp(A, X, 5000, 53, payloadBytes: 1452);
        Assert.Equal(Verdict.Reflect, rig.FromLan(sent));
        AssertError(rig, sent, LanGateway, A, Icmpv6Type.PacketTooBig, 0);
        Assert.Equal(1280u, BinaryPrimitives.ReadUInt32BigEndian(rig.Segment[4..]));
        Assert.Equal(1UL, rig.State.Drops.Read(DropReason.PacketTooBig));
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(Udp(A, X, 5000, 53, payloadBytes: 1232)));
    }

    [Fact]
    public void V6_02_TooBigInbound_IsAnsweredToTheOutside()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5000, 53));
        rig.FromWan(Udp(X, A, 53, 5000));
        rig.State.Paths[PathTable.AsIsLan].MtuBytes = 1400;
        byte[] sent = Udp(X, A, 53, 5000, payloadBytes: 1400);
        Assert.Equal(Verdict.Reflect, rig.FromWan(sent));
        AssertError(rig, sent, WanGateway, X, Icmpv6Type.PacketTooBig, 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void HopLimitSpent_IsTimeExceeded(byte hopLimit)
    {
        using var rig = new Ipv6Rig();
        byte[] sent = Udp(A, X, 5000, 33434, hopLimit: hopLimit);
        Assert.Equal(Verdict.Reflect, rig.FromLan(sent));
        AssertError(rig, sent, LanGateway, A, Icmpv6Type.TimeExceeded, 0);
        Assert.Equal(0, rig.V6.Flows.Count);
    }

    [Fact]
    public void HopLimitSpentInSteadyFlow_IsTimeExceeded()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5000, 53));
        rig.FromWan(Udp(X, A, 53, 5000));
        Assert.Equal(Verdict.Reflect, rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)));
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 2)));
        Assert.Equal(1, rig.Packet[Ipv6Rewriter.HopLimitOffset]);
    }

    [Fact]
    public void NoOwnAddress_NothingIsSaidButCounted()
    {
        using var rig = new Ipv6Rig(Defaults with { LanAddress = null });
        rig.AssertDropped(DropReason.TtlExpired, Udp(A, X, 5000, 53, hopLimit: 1), Side.Lan);
        Assert.Equal(1UL, rig.V6.Counters.ErrorsWithoutSource);
        rig.V6.SetOwnAddress(Side.Lan, LanGateway);
        Assert.Equal(Verdict.Reflect, rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)));
    }

    [Fact]
    public void Errors_AreLimitedInTime()
    {
        using var rig = new Ipv6Rig(Defaults with { ErrorsPerSecondMax = 20 });
        int sent = 0;
        for (int i = 0; i < 100; i++)
            sent += rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)) == Verdict.Reflect ? 1 : 0;
        Assert.Equal(10, sent);
        Assert.Equal(90UL, rig.V6.Counters.ErrorsLimited);
        rig.NowMs += 49;
        Assert.Equal(Verdict.Drop, rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)));
        rig.NowMs += 1;
        Assert.Equal(Verdict.Reflect, rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)));
    }

    [Fact]
    public void SubscribersRate_BoundsWhatOneIsTold_AndNoOther()
    {
        using var rig = new Ipv6Rig(change: static settings => settings with { IcmpErrorsPerUserPerSecondMax = 5 });
        rig.FromLan(Udp(A, X, 5000, 53));
        rig.FromLan(Udp(B, X, 5000, 53));
        Assert.Equal(5, Enumerable.Range(0, 9).Count(_ => rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)) == Verdict.Reflect));
        Assert.Equal(4UL, rig.V6.Counters.ErrorsLimited);
        Assert.Equal(Verdict.Reflect, rig.FromLan(Udp(B, X, 5000, 53, hopLimit: 1)));
        rig.NowMs += 200;
        Assert.Equal(Verdict.Reflect, rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)));
        Assert.Equal(Verdict.Drop, rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)));
    }

    [Fact]
    public void SubscribersRate_IsOneForBothFamilies()
    {
        using var rig = new Ipv6Rig(Defaults with { Nat64Prefix = Nat64Prefix.WellKnown }, static settings => settings with { IcmpErrorsPerUserPerSecondMax = 5, FlowsPerUserMax = 1 });
        rig.State.SetIcmpSource(Side.Lan, BinaryPrimitives.ReverseEndianness(0x0A00_0001u));
        Ipv6Address server = new Nat64Prefix(Nat64Prefix.WellKnown).Embed(BinaryPrimitives.ReverseEndianness(X4));
        Assert.Equal(Verdict.Forward, rig.FromLan(Udp(A, server, 5000, 53)));
        int native = Enumerable.Range(0, 3).Count(_ => rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)) == Verdict.Reflect);
        int translated = Enumerable.Range(0, 9).Count(i => rig.FromLan(Udp(A, server, (ushort)(6000 + i), 53)) == Verdict.Reflect);
        Assert.Equal((3, 2), (native, translated));
    }

    [Fact]
    public void SubscribersRate_OfZero_SetsNoLimit()
    {
        using var rig = new Ipv6Rig(Defaults with { ErrorsPerSecondMax = 10_000 }, static settings => settings with { IcmpErrorsPerUserPerSecondMax = 0 });
        rig.FromLan(Udp(A, X, 5000, 53));
        Assert.Equal(100, Enumerable.Range(0, 100).Count(_ => rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)) == Verdict.Reflect));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void GenerationMayBeOff_PerSide(bool inside)
    {
        using var rig = new Ipv6Rig(change: settings => settings with { IcmpErrorsInside = !inside, IcmpErrorsOutside = inside });
        rig.FromLan(Udp(A, X, 5000, 53));
        rig.FromWan(Udp(X, A, 53, 5000));
        Assert.Equal(inside ? Verdict.Drop : Verdict.Reflect, rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)));
        Assert.Equal(inside ? Verdict.Reflect : Verdict.Drop, rig.FromWan(Udp(X, A, 53, 5000, hopLimit: 1)));
        Assert.Equal(1UL, rig.V6.Counters.ErrorsSent);
    }

    [Fact]
    public void Apply_GenerationOffAndOnAgain_ActsOnLivingFlows()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5000, 53));
        rig.State.Apply(rig.State.Settings with { IcmpErrorsInside = false });
        Assert.Equal(Verdict.Drop, rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)));
        rig.State.Apply(rig.State.Settings with { IcmpErrorsInside = true, IcmpErrorsPerUserPerSecondMax = 1 });
        Assert.Equal(Verdict.Reflect, rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)));
        Assert.Equal(Verdict.Drop, rig.FromLan(Udp(A, X, 5000, 53, hopLimit: 1)));
    }

    [Fact]
    public void ErrorOrFilteredPacket_IsNeverAnswered()
    {
        using var rig = new Ipv6Rig();
        byte[] sent = Udp(A, X, 5000, 53);
        byte[] error = Error(A, X, 1, 4, 0, sent);
        error[L3 + Ipv6Rewriter.HopLimitOffset] = 1;
        rig.AssertDropped(DropReason.TtlExpired, error, Side.Lan);
        rig.AssertDropped(DropReason.Filtered, Udp(X, A, 1, 1), Side.Wan);
        Assert.Equal(0UL, rig.V6.Counters.ErrorsSent);
    }

    [Fact]
    public void TaggedFrame_KeepsItsTag()
    {
        using var rig = new Ipv6Rig();
        byte[] sent = Packets.Build.PacketBuilder.Ethernet().Vlan(7).Ipv6(Bytes(A), Bytes(X), 1).Udp(1, 2).ToArray();
        Assert.Equal(Verdict.Reflect, rig.FromLan(sent));
        rig.AssertSound();
        Assert.Equal(sent.AsSpan(12, 6), rig.Output.AsSpan(12, 6));
    }

    private static void AssertError(Ipv6Rig rig, byte[] sent, Ipv6Address source, Ipv6Address destination, byte type, byte code)
    {
        rig.AssertSound();
        Assert.Equal(sent.AsSpan(0, 6), rig.Output.AsSpan(6, 6));
        Assert.Equal(sent.AsSpan(6, 6), rig.Output.AsSpan(0, 6));
        Assert.Equal((source, destination), (Ipv6Address.Read(rig.Packet[8..]), Ipv6Address.Read(rig.Packet[24..])));
        Assert.Equal((IpProtocol.IcmpV6, type, code), (rig.Packet[6], rig.Segment[0], rig.Segment[1]));
        ReadOnlySpan<byte> quote = rig.Segment[8..];
        Assert.Equal(Math.Min(sent.Length - L3, 1232), quote.Length);
        Assert.Equal(sent.AsSpan(L3, quote.Length), quote);
    }
}
