using Natflow.Flows.Conntrack;
using Natflow.Flows.Replication;
using Natflow.Flows.Table;
using Natflow.Packets;
using Natflow.Testing;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Replication;

/// <summary>What the owner's tap tells makes the standby's tables the same; any bytes make no harm.</summary>
public sealed class ReplicationTests
{
    private static readonly (uint, ushort) Web = (X1, 443);

    [Fact]
    public void HA_02_TakenOver_FlowGoesOnBothWaysWithItsPort()
    {
        using var owner = new ShardRig();
        using var standby = new ShardRig();
        (uint, ushort) external = owner.Connect((A, 5000), Web);
        using var tap = new ReplicationTap(owner.State, ageMs: 0);
        using var copy = new ReplicaApplier(standby.State);

        Assert.True(copy.Apply(Pass(tap, owner.NowMs), standby.NowMs));

        Assert.True(standby.FromOutside(Frames.Tcp(Web, external, TcpFlags.Ack)).IsForwarded);
        Assert.Equal(external, standby.FromInside(Frames.Tcp((A, 5000), Web, TcpFlags.Ack)).Packet.From);
        Assert.Equal(FlowState.TcpEstablished, standby.State.Flows.Flow(0).State);
        Assert.Equal(0, copy.RefusedCount);
    }

    [Fact]
    public void Sweep_YoungFlow_IsToldWhenItIsOldEnough()
    {
        using var owner = new ShardRig();
        using var tap = new ReplicationTap(owner.State, ageMs: 1000);
        _ = Pass(tap, owner.NowMs);
        _ = owner.Connect((A, 5000), Web);
        long before = tap.RecordCount;
        _ = Pass(tap, owner.NowMs);
        Assert.Equal(before + 3, tap.RecordCount); // Its subscriber alone, with figures and block.
        _ = Pass(tap, owner.NowMs + 1000);
        Assert.Equal(before + 4, tap.RecordCount);
        _ = Pass(tap, owner.NowMs + 1001);
        Assert.Equal(before + 4, tap.RecordCount); // Nothing new.
    }

    [Fact]
    public void Reset_ThenAWholeCopy_HasTheSamePorts()
    {
        using var owner = new ShardRig();
        using var standby = new ShardRig();
        (uint, ushort) external = owner.Connect((A, 5000), Web);
        using var tap = new ReplicationTap(owner.State, ageMs: 0);
        using var copy = new ReplicaApplier(standby.State);
        _ = copy.Apply(Pass(tap, owner.NowMs), standby.NowMs);

        copy.Reset(standby.NowMs);
        Assert.Equal((0, 0), (standby.State.Flows.Count, standby.State.Users.Count));
        tap.Restart();
        Assert.True(copy.Apply(Pass(tap, owner.NowMs), standby.NowMs));

        Assert.Equal(external, standby.FromInside(Frames.Tcp((A, 5000), Web, TcpFlags.Ack)).Packet.From);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void Apply_AnySequenceOfFlows_MakesTheTablesTheSame(int seed)
    {
        var prng = new Prng(seed);
        using var owner = new ShardRig();
        using var standby = new ShardRig();
        using var tap = new ReplicationTap(owner.State, ageMs: 0);
        using var copy = new ReplicaApplier(standby.State);
        int ended = 0;
        for (int step = 0; step < 200; step++)
        {
            for (int i = prng.Next(6); i > 0; i--)
                _ = owner.FromInside(Frames.Udp(((uint)(A + prng.Next(3)), (ushort)(4000 + prng.Next(20))), (X1, (ushort)(50 + prng.Next(4)))));
            int before = owner.State.Flows.Count;
            if (prng.Next(5) == 0)
                owner.Wait(TimeSpan.FromSeconds(prng.Next(200)));
            ended += Math.Max(0, before - owner.State.Flows.Count);
            Assert.True(copy.Apply(Pass(tap, owner.NowMs), standby.NowMs), $"seed {seed}, step {step}");
            Assert.True(Flows(owner).SetEquals(Flows(standby)), $"seed {seed}, step {step}: {owner.State.Flows.Count} flows, {standby.State.Flows.Count} at the standby");
        }

        Assert.True(ended > 20, "flows ended too");
    }

    [Fact]
    public void Apply_AnyBytes_GiveAResult()
    {
        using var owner = new ShardRig();
        using var standby = new ShardRig();
        for (ushort port = 5000; port < 5040; port++)
            _ = owner.Connect((A, port), Web);
        using var tap = new ReplicationTap(owner.State, ageMs: 0);
        using var copy = new ReplicaApplier(standby.State);
        byte[] whole = Pass(tap, owner.NowMs);
        var prng = new Prng(7);
        int refused = 0;
        for (int round = 0; round < 3000; round++)
        {
            byte[] bytes = whole[..prng.Next(whole.Length + 1)];
            for (int flips = prng.Next(20); flips > 0 && bytes.Length > 0; flips--)
                bytes[prng.Next(bytes.Length)] = (byte)prng.NextULong();
            refused += copy.Apply(bytes, standby.NowMs) ? 0 : 1;
        }

        Assert.True(refused > 100 && copy.RefusedCount > 100, $"{refused} cut short, {copy.RefusedCount} refused");
        copy.Reset(standby.NowMs);
        Assert.Equal(0, standby.State.Flows.Count);
        Assert.True(copy.Apply(whole, standby.NowMs));
        Assert.True(Flows(owner).SetEquals(Flows(standby)));
    }

    private static byte[] Pass(ReplicationTap tap, long nowMs)
    {
        byte[] buffer = new byte[1 << 20];
        int length = 0;
        for (bool isOver = false; !isOver;)
            length += tap.Sweep(nowMs, budget: 7, buffer.AsSpan(length), out isOver);
        return buffer[..length];
    }

    private static HashSet<(uint, ushort, uint, ushort, uint, ushort, FlowState)> Flows(ShardRig rig)
    {
        var flows = new HashSet<(uint, ushort, uint, ushort, uint, ushort, FlowState)>();
        for (uint index = 0; index < rig.State.Flows.UsedIndexEnd; index++)
        {
            FlowRecord flow = rig.State.Flows.Flow(index);
            if (flow.State != FlowState.None)
                flows.Add((flow.InsideAddrBe, flow.InsidePortBe, flow.RemoteAddrBe, flow.RemotePortBe, flow.ExternalAddrBe, flow.ExternalPortBe, flow.State));
        }

        return flows;
    }
}
