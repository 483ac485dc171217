using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Replication;
using Natflow.Flows.Tests.Ipv6;
using Natflow.Flows.Users;
using Natflow.Packets;
using Natflow.Packets.Family;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Replication;

/// <summary>Beyond flows of IPv4: what else the standby must have, so that nobody sees a difference.</summary>
public sealed class StateReplicationTests
{
    private static readonly (uint, ushort) Web = (X1, 443);

    [Fact]
    public void HA_01_Ipv6Flow_GoesOnAtTheStandbyBothWays()
    {
        using var owner = new Ipv6Rig();
        using var standby = new Ipv6Rig();
        byte[] question = Ipv6Rig.Udp(Ipv6Rig.A, Ipv6Rig.X, 5000, 53);
        byte[] answer = Ipv6Rig.Udp(Ipv6Rig.X, Ipv6Rig.A, 53, 5000);
        Assert.Equal(Verdict.Drop, standby.FromWan(answer)); // Nobody inside has asked.
        _ = owner.FromLan(question);
        using var tap = new ReplicationTap(owner.State, ageMs: 0);
        using var copy = new ReplicaApplier(standby.State);

        Assert.True(copy.Apply(Pass(tap, owner.NowMs), standby.NowMs));

        Assert.Equal(Verdict.ForwardUntranslated, standby.FromWan(answer));
        Assert.Equal(Verdict.ForwardUntranslated, standby.FromLan(question));
        Assert.Equal((1, 0L), (standby.V6.Flows.Count, copy.RefusedCount));
    }

    [Fact]
    public void HA_01_Nat64Flow_GoesOnWithItsPortThoughTheStandInDiffers()
    {
        var nat64 = new Nat64Prefix(Ipv6Rig.Prefix("64:ff9b::/96"));
        Ipv6Address server = nat64.Embed(BinaryPrimitives.ReverseEndianness(Ipv6Rig.X4));
        Ipv6Settings settings = Ipv6Rig.Defaults with { Nat64Prefix = Ipv6Rig.Prefix("64:ff9b::/96") };
        using var owner = new Ipv6Rig(settings);
        using var standby = new Ipv6Rig(settings);
        _ = standby.FromLan(Ipv6Rig.Udp(Ipv6Rig.B, Ipv6Rig.X, 4000, 53)); // Takes the first stand-in here.
        Assert.Equal(Verdict.Forward, owner.FromLan(Ipv6Rig.Udp(Ipv6Rig.A, server, 5000, 53)));
        byte[] translated = owner.Output;
        using var tap = new ReplicationTap(owner.State, ageMs: 0);
        using var copy = new ReplicaApplier(standby.State);

        Assert.True(copy.Apply(Pass(tap, owner.NowMs), standby.NowMs));

        Assert.Equal(Verdict.Forward, standby.FromLan(Ipv6Rig.Udp(Ipv6Rig.A, server, 5000, 53)));
        Assert.Equal(translated[34..36], standby.Output[34..36]); // The public port.
        Assert.Equal(1, standby.State.Flows.Count);
    }

    [Fact]
    public void HA_07_PolicyAndMeters_AreTheSameAtTheStandby()
    {
        using var owner = new ShardRig();
        using var standby = new ShardRig();
        _ = owner.Connect((A, 5000), Web);
        uint user = UserOf(owner);
        var policy = new UserPolicy(Verdict.Forward, Status: 3, new PolicyLimits(1_000_000, 2_000_000, TimeSpan.FromMilliseconds(250)), AclSlots: 5, Weight: 7, IsPinned: true, EndsFlows: false);
        owner.State.Users.Apply(user, policy, owner.NowMs);
        for (int i = 0; i < 3; i++)
            Assert.True(Meter.TrySpend(ref owner.State.Users.Policy(user), Side.Lan, 1500, owner.NowMs));
        using var tap = new ReplicationTap(owner.State, ageMs: 0);
        using var copy = new ReplicaApplier(standby.State);

        Assert.True(copy.Apply(Pass(tap, owner.NowMs), standby.NowMs));

        uint there = UserOf(standby);
        UserPolicyState before = owner.State.Users.StateOf(user, owner.NowMs);
        Assert.Equal(before, standby.State.Users.StateOf(there, standby.NowMs));
        Assert.InRange(before.UpAheadNs, 35_000_000, 37_000_000); // Three packets of 12 ms.
        PolicyRecord mine = owner.State.Users.Policy(user);
        PolicyRecord copied = standby.State.Users.Policy(there);
        Assert.Equal((mine.UpNanosecondsPerByteQ20, mine.DownNanosecondsPerByteQ20, mine.Flags), (copied.UpNanosecondsPerByteQ20, copied.DownNanosecondsPerByteQ20, copied.Flags));
    }

    [Fact]
    public void HA_07_BlockedUser_IsBlockedAtTheStandby()
    {
        using var owner = new ShardRig();
        using var standby = new ShardRig();
        _ = owner.Connect((A, 5000), Web);
        using var tap = new ReplicationTap(owner.State, ageMs: 0);
        using var copy = new ReplicaApplier(standby.State);
        _ = copy.Apply(Pass(tap, owner.NowMs), standby.NowMs);
        owner.State.Users.Apply(UserOf(owner), new UserPolicy(Verdict.Drop, 4, PolicyLimits.None, 0, 1, IsPinned: true, EndsFlows: false), owner.NowMs);

        _ = copy.Apply(Pass(tap, owner.NowMs), standby.NowMs);

        Assert.False(standby.FromInside(Frames.Tcp((A, 5000), Web, TcpFlags.Ack)).IsForwarded);
    }

    [Fact]
    public void HA_07_Totals_AreNeitherLostNorDoubled()
    {
        using var owner = new ShardRig();
        using var standby = new ShardRig();
        _ = owner.FromInside(Frames.Udp((A, 5000), (X1, 53)));
        _ = owner.Connect((A, 5001), Web);
        using var tap = new ReplicationTap(owner.State, ageMs: 0);
        using var copy = new ReplicaApplier(standby.State);
        _ = copy.Apply(Pass(tap, owner.NowMs), standby.NowMs);
        owner.Wait(TimeSpan.FromMinutes(10)); // The datagram's flow is over.
        Catch(standby, owner);
        tap.IsLast = true;
        tap.BeginPass();

        Assert.True(copy.Apply(Pass(tap, owner.NowMs), standby.NowMs));

        Assert.Equal(1, owner.State.Flows.Count);
        Assert.Equal(TotalOf(owner), TotalOf(standby));
        Assert.NotEqual((0UL, 0UL), TotalOf(owner));
    }

    [Fact]
    public void HA_07_Traffic_IsReportedOnceByOwnerAndStandbyTogether()
    {
        using var owner = new ShardRig();
        using var standby = new ShardRig();
        owner.State.Traffic.IsEnabled = standby.State.Traffic.IsEnabled = true;
        (uint, ushort) external = owner.Connect((A, 5000), Web);
        ulong reported = Reported(owner);
        _ = owner.FromInside(Frames.Tcp((A, 5000), Web, TcpFlags.Ack));
        using var tap = new ReplicationTap(owner.State, ageMs: 0);
        using var copy = new ReplicaApplier(standby.State);
        Assert.True(copy.Apply(Pass(tap, owner.NowMs), owner.NowMs));
        Catch(standby, owner);
        (ulong, ulong) before = TotalOf(owner);

        _ = standby.FromOutside(Frames.Tcp(Web, external, TcpFlags.Ack));

        (ulong Out, ulong In) after = TotalOf(standby);
        Assert.True(after.In > before.Item2);
        Assert.Equal(after.Out + after.In, reported + Reported(standby));
        Assert.True(reported > 0);
    }

    [Fact]
    public void HA_02_PortBlocks_BelongToTheSameUsersAndHoldsTooAreKept()
    {
        using var owner = new ShardRig();
        using var standby = new ShardRig();
        _ = owner.Connect((A, 5000), Web);
        _ = owner.FromInside(Frames.Udp((B, 5000), (X1, 53)));
        using var tap = new ReplicationTap(owner.State, ageMs: 0);
        using var copy = new ReplicaApplier(standby.State);
        _ = copy.Apply(Pass(tap, owner.NowMs), standby.NowMs);
        Assert.Equal(Blocks(owner), Blocks(standby));
        owner.Wait(TimeSpan.FromMinutes(30));
        owner.Wait(TimeSpan.FromMinutes(30)); // B is gone, and its block on hold or free.
        Catch(standby, owner);

        Assert.True(copy.Apply(Pass(tap, owner.NowMs), owner.NowMs));

        Assert.Equal(Blocks(owner), Blocks(standby));
        Assert.Equal(owner.State.Users.Count, standby.State.Users.Count);
        Assert.Equal(1, standby.State.Blocks.LeasedCount);
    }

    [Fact]
    public void HA_02_BlockThatWentFromOneToAnother_DoesSoAtTheStandby()
    {
        using var owner = new ShardRig();
        using var standby = new ShardRig();
        using var tap = new ReplicationTap(owner.State, ageMs: 0);
        using var copy = new ReplicaApplier(standby.State);
        for (uint host = 0; host < 200; host++)
        {
            _ = owner.FromInside(Frames.Udp((A + host, 5000), (X1, 53)));
            _ = copy.Apply(Pass(tap, owner.NowMs), owner.NowMs);
            owner.Wait(TimeSpan.FromMinutes(10));
            _ = copy.Apply(Pass(tap, owner.NowMs), owner.NowMs);
        }

        Assert.Equal(Blocks(owner), Blocks(standby));
        Assert.Equal(0, copy.RefusedCount);
    }

    private static void Catch(ShardRig standby, ShardRig owner) => standby.Skip(TimeSpan.FromMilliseconds(owner.NowMs - standby.NowMs));

    private static ulong Reported(ShardRig rig)
    {
        ulong sum = 0;
        for (int second = 0; second < 10; second++)
        {
            rig.Wait(TimeSpan.FromSeconds(1));
            var deltas = new UserDelta[rig.State.Traffic.Count];
            rig.State.Traffic.Take(deltas);
            foreach (UserDelta delta in deltas)
                sum += delta.BytesOut + delta.BytesIn;
        }

        return sum;
    }

    private static byte[] Pass(ReplicationTap tap, long nowMs)
    {
        byte[] buffer = new byte[1 << 20];
        int length = 0;
        for (bool isOver = false; !isOver;)
            length += tap.Sweep(nowMs, budget: 7, buffer.AsSpan(length), out isOver);
        return buffer[..length];
    }

    private static uint UserOf(ShardRig rig) => rig.State.Users.Find(BinaryPrimitives.ReverseEndianness(A), 0);

    // Of ended flows and living ones together.
    private static (ulong Out, ulong In) TotalOf(ShardRig rig)
    {
        UserRecord user = rig.State.Users[UserOf(rig)];
        (ulong Out, ulong In) total = (user.EndedBytesOut, user.EndedBytesIn);
        for (uint index = 0; index < rig.State.Flows.UsedIndexEnd; index++)
        {
            if (rig.State.Flows.Flow(index).State != Natflow.Flows.Conntrack.FlowState.None)
                total = (total.Out + rig.State.Flows.Flow(index).BytesOut, total.In + rig.State.Flows.Flow(index).BytesIn);
        }

        return total;
    }

    private static List<(int, uint)> Blocks(ShardRig rig)
    {
        var blocks = new List<(int, uint)>();
        for (uint block = 0; block < (uint)rig.State.Blocks.BlockCount; block++)
        {
            if (rig.State.Blocks.UserOf(block) is not Natflow.Flows.Table.FlowTable.None and uint user)
                blocks.Add((rig.State.Blocks.FirstPort(block), rig.State.Users[user].AddressBe));
        }

        return blocks;
    }
}
