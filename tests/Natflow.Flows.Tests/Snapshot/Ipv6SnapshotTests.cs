using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Tests.Ipv6;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Packets.Family;
using static Natflow.Flows.Tests.Ipv6.Ipv6Rig;

namespace Natflow.Flows.Tests.Snapshot;

/// <summary>Flows of IPv6 over a restart: native, with translated ports (NAT66), and translated to IPv4 (NAT64).</summary>
public sealed class Ipv6SnapshotTests
{
    private static readonly Ipv6Address Public = Address("2001:db8:2::ff");

    private static readonly Ipv6Settings Masquerade = Defaults with { Mode = Ipv6Mode.Masquerade, PublicAddresses = [Public] };

    private static readonly Ipv6Settings Nat64 = Defaults with { Nat64Prefix = Nat64Prefix.WellKnown };

    private static Ipv6Address X64 => new Nat64Prefix(Nat64Prefix.WellKnown).Embed(BinaryPrimitives.ReverseEndianness(X4));

    [Fact]
    public void Restore_Native_LetsAnswersInAndNobodyElse()
    {
        using var old = new Ipv6Rig();
        old.FromLan(Tcp(A, X, 5000, 443, TcpFlags.Syn));
        old.FromWan(Tcp(X, A, 443, 5000, TcpFlags.Syn | TcpFlags.Ack));
        old.FromLan(Tcp(A, X, 5000, 443, TcpFlags.Ack));
        old.FromLan(Udp(B, X, 6000, 53));
        using var next = new Ipv6Rig();

        SnapshotReport report = Hand(old, next, awayMs: 20_000);

        Assert.Equal((2, 0, 2, 0), (report.Ipv6FlowCount, report.FlowCount, report.UserCount, report.RefusedCount));
        Assert.Equal((FlowState.TcpEstablished, 2u, 1u), (next.V6.Flows.Flow(0).State, (uint)next.V6.Flows.Flow(0).PacketsOut, (uint)next.V6.Flows.Flow(0).PacketsIn));
        Assert.Equal(Verdict.ForwardUntranslated, next.FromWan(Tcp(X, A, 443, 5000, TcpFlags.Ack)));
        Assert.Equal(Verdict.ForwardUntranslated, next.FromWan(Udp(X, B, 53, 6000)));
        next.AssertDropped(DropReason.Filtered, Udp(Y, B, 53, 6000), Side.Wan);
        next.AssertDropped(DropReason.Filtered, Tcp(X, A, 443, 5001, TcpFlags.Ack), Side.Wan);
    }

    [Theory, InlineData(9_999, true), InlineData(10_000, false)]
    public void Restore_TimeAway_CountsAsIdle(int awayMs, bool lives)
    {
        using var old = new Ipv6Rig();
        old.FromLan(Udp(A, X, 5000, 53));
        old.NowMs += 290_000;
        using var next = new Ipv6Rig();

        SnapshotReport report = Hand(old, next, awayMs);

        Assert.Equal(lives ? (1, 0) : (0, 1), (report.Ipv6FlowCount, report.Refused(SnapshotRefusal.Expired)));
        Assert.Equal(lives ? 1 : 0, next.V6.Flows.Count);
    }

    [Fact]
    public void Restore_Nat66_KeepsThePublicPortsForTheirOwners()
    {
        using var old = new Ipv6Rig(Masquerade);
        int portOfA = OpenNat66(old, A);
        int portOfB = OpenNat66(old, B);
        Assert.NotEqual(portOfA, portOfB);
        using var next = new Ipv6Rig(Masquerade);

        SnapshotReport report = Hand(old, next);

        Assert.Equal((2, 0, 2), (report.Ipv6FlowCount, report.RefusedCount, next.V6.Nat66!.Count));
        AssertReaches(next, B, portOfB);
        AssertReaches(next, A, portOfA);
        Assert.Equal(portOfB, OpenNat66(next, B, remote: Y));
        for (ushort port = 5000; port < 5100; port++)
            Assert.DoesNotContain(OpenNat66(next, Address("2001:db8:1::12"), insidePort: port), new[] { portOfA, portOfB });
    }

    [Fact]
    public void Restore_OtherTranslation_IsRefusedByName()
    {
        using var translated = new Ipv6Rig(Masquerade);
        _ = OpenNat66(translated, A);
        using var native = new Ipv6Rig();
        native.FromLan(Udp(A, X, 5000, 53));
        using var otherAddress = new Ipv6Rig(Masquerade with { PublicAddresses = [Address("2001:db8:2::fe")] });
        using var noLonger = new Ipv6Rig();
        using var newly = new Ipv6Rig(Masquerade);

        foreach ((Ipv6Rig old, Ipv6Rig next) in new[] { (translated, otherAddress), (translated, noLonger), (native, newly) })
        {
            SnapshotReport report = Hand(old, next);
            Assert.Equal((0, 1, 0), (report.Ipv6FlowCount, report.Refused(SnapshotRefusal.NotConfigured), next.V6.Flows.Count));
        }
    }

    [Fact]
    public void Restore_Nat64_GoesOnThoughItsSubscriberStandsInAnotherPlace()
    {
        using var old = new Ipv6Rig(Nat64, static settings => settings with { UserIdle = TimeSpan.FromSeconds(1) });
        old.FromLan(Udp(A, X, 5000, 53));
        int port = OpenNat64(old, B);
        for (int minute = 0; minute < 8; minute++)
        {
            old.NowMs += 60_000;
            _ = OpenNat64(old, B);
        }

        Assert.Equal(1, old.V6.Subscribers.Count); // A, the first, has gone.
        using var next = new Ipv6Rig(Nat64);

        SnapshotReport report = Hand(old, next, awayMs: 20_000);

        Assert.Equal((1, 0, 1, 0), (report.FlowCount, report.Ipv6FlowCount, report.UserCount, report.RefusedCount));
        Assert.NotEqual(StandInOf(old, B), StandInOf(next, B));
        Assert.Equal(Verdict.Forward, next.FromWan(PacketBuilder.Ethernet().Ipv4(X4, Public4).Udp(53, (ushort)port).Payload(Payload(20)).ToArray()));
        next.AssertOutput(Udp(X64, B, 53, 5000));
        Assert.Equal(port, OpenNat64(next, B));
    }

    [Theory, InlineData(3, 1), InlineData(1, 3), InlineData(2, 3)]
    public void Restore_OtherShardCount_EachNativeFlowIsWhereItsPacketsGo(int before, int after)
    {
        Ipv6Rig[] old = Split(before);
        Ipv6Rig[] next = Split(after);
        const int Subscribers = 40;
        for (int i = 0; i < Subscribers; i++)
            Assert.Equal(Verdict.ForwardUntranslated, OwnerOf(old, Subscriber(i)).FromLan(Udp(Subscriber(i), X, 5000, 53)));

        SnapshotReport report = SnapshotRoundTrip.Restore(
            SnapshotRoundTrip.Save(old[0].NowMs, [.. old.Select(static rig => rig.State)]), next[0].NowMs, awayMs: 0, [.. next.Select(static rig => rig.State)]);

        Assert.Equal(Subscribers, report.Ipv6FlowCount);
        Assert.All(next, static rig => Assert.True(rig.V6.Flows.Count > 0, "a shard without flows proves nothing"));
        for (int i = 0; i < Subscribers; i++)
            Assert.Equal(Verdict.ForwardUntranslated, OwnerOf(next, Subscriber(i)).FromWan(Udp(X, Subscriber(i), 53, 5000)));
        foreach (Ipv6Rig rig in old.Concat(next))
            rig.Dispose();
    }

    private static SnapshotReport Hand(Ipv6Rig old, Ipv6Rig next, long awayMs = 0) =>
        SnapshotRoundTrip.Restore(SnapshotRoundTrip.Save(old.NowMs, old.State), next.NowMs, awayMs, next.State);

    private static Ipv6Rig[] Split(int shardCount) =>
        [.. Enumerable.Range(0, shardCount).Select(index => new Ipv6Rig(change: settings => settings with { ShardCount = shardCount, ShardIndex = index }))];

    private static Ipv6Rig OwnerOf(Ipv6Rig[] rigs, Ipv6Address inside) => rigs[new Ipv6ShardMap(rigs[0].State.Settings).OfInside(in inside)];

    // A /64 each: a shard owns whole ones.
    private static Ipv6Address Subscriber(int number) => Address($"2001:db8:1:{number:x}::10");

    private static uint StandInOf(Ipv6Rig rig, Ipv6Address address) => rig.V6.Subscribers.StandInBe(rig.V6.Subscribers.Find(in address, 0));

    private static int OpenNat66(Ipv6Rig rig, Ipv6Address inside, Ipv6Address? remote = null, ushort insidePort = 5000)
    {
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(Udp(inside, remote ?? X, insidePort, 53)));
        Assert.Equal(Public, Ipv6Address.Read(rig.Packet[8..]));
        return BinaryPrimitives.ReadUInt16BigEndian(rig.Segment);
    }

    private static int OpenNat64(Ipv6Rig rig, Ipv6Address inside)
    {
        Assert.Equal(Verdict.Forward, rig.FromLan(Udp(inside, X64, 5000, 53)));
        return BinaryPrimitives.ReadUInt16BigEndian(rig.Output.AsSpan(L3 + 20));
    }

    private static void AssertReaches(Ipv6Rig rig, Ipv6Address inside, int externalPort)
    {
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Udp(X, Public, 53, (ushort)externalPort)));
        Assert.Equal(inside, Ipv6Address.Read(rig.Packet[24..]));
        Assert.Equal(5000, BinaryPrimitives.ReadUInt16BigEndian(rig.Segment[2..]));
        rig.AssertSound();
    }
}
