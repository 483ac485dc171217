using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Tests.Ipv6;
using Natflow.Flows.Users;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Users;

/// <summary>Meters that come and go while flows run: the very next packet meets them, and no flow is judged anew for them.</summary>
public sealed class MeterTests
{
    private const int Packets = 3; // The first fills the bucket.

    private static readonly PolicyLimits Narrow = new(PolicyLimits.RateMin, PolicyLimits.RateMin, PolicyLimits.BurstMin);

    [Theory, InlineData(Side.Lan), InlineData(Side.Wan)]
    public void Meter_ThatComes_MeetsTheNextPacket_OnTheHotPath(Side side)
    {
        using var rig = new ShardRig();
        (uint, ushort) external = OpenSteady(rig);
        uint user = rig.State.Users.Find(BinaryPrimitives.ReverseEndianness(A), 0);
        EndIfJudgedAnew(rig.State.Users, user, rig.NowMs);

        rig.State.Users.SetLimits(user, Narrow);
        AssertMetered(rig, external, side);

        rig.State.Users.SetLimits(user, PolicyLimits.None);
        for (int i = 0; i < Packets; i++)
        {
            Assert.True(Send(rig, external, side).IsForwarded);
            Assert.True(rig.IsHotPath);
        }

        rig.State.Users.Apply(user, PolicyOf(Narrow), rig.NowMs);
        Assert.Equal(DropReason.RateExceeded, Send(rig, external, side).Reason); // The bucket is as full as it was.
        Assert.True(rig.IsHotPath);
        Assert.Equal(0ul, rig.State.Counters.FlowsEnded);
    }

    [Fact]
    public void Meter_ThatComes_MeetsAPacketOfTheSlowPath()
    {
        using var rig = new ShardRig();
        (uint, ushort) inside = (A, 5000);
        rig.Map(inside, (X1, 53)); // Nobody has answered.
        uint user = rig.State.Users.Find(BinaryPrimitives.ReverseEndianness(A), 0);
        EndIfJudgedAnew(rig.State.Users, user, rig.NowMs);
        rig.State.Users.SetLimits(user, Narrow);

        Assert.True(rig.FromInside(Frames.Udp(inside, (X1, 53))).IsForwarded);
        Assert.Equal(DropReason.RateExceeded, rig.FromInside(Frames.Udp(inside, (X1, 53))).Reason);
        Assert.False(rig.IsHotPath);
        Assert.Equal(0ul, rig.State.Counters.FlowsEnded);
    }

    [Fact]
    public void Meter_AndAnotherPolicyAtOnce_JudgeAnew()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = OpenSteady(rig);
        uint user = rig.State.Users.Find(BinaryPrimitives.ReverseEndianness(A), 0);

        rig.State.Users.Apply(user, PolicyOf(Narrow) with { Verdict = Verdict.Drop }, rig.NowMs);

        Assert.Equal(DropReason.Policy, Send(rig, external, Side.Lan).Reason);
        Assert.Equal(DropReason.Policy, Send(rig, external, Side.Wan).Reason);
    }

    [Theory, InlineData(Side.Lan), InlineData(Side.Wan)]
    public void Ipv6_MeterThatComesOrGoes_MeetsTheNextPacket(Side side)
    {
        using var rig = new Ipv6Rig();
        byte[] outbound = Ipv6Rig.Udp(Ipv6Rig.A, Ipv6Rig.X, 5000, 53);
        byte[] inbound = Ipv6Rig.Udp(Ipv6Rig.X, Ipv6Rig.A, 53, 5000);
        rig.FromLan(outbound);
        rig.FromWan(inbound);
        uint user = rig.V6.FindUser(Ipv6Rig.A, 0);
        EndIfJudgedAnew(rig.State.Users, user, rig.NowMs);
        byte[] frame = side == Side.Lan ? outbound : inbound;

        rig.State.Users.SetLimits(user, Narrow);
        Assert.Equal(Verdict.ForwardUntranslated, rig.Send(frame, side, zone: 0));
        rig.AssertDropped(DropReason.RateExceeded, frame, side);
        rig.State.Users.SetLimits(user, PolicyLimits.None);
        for (int i = 0; i < Packets; i++)
            Assert.Equal(Verdict.ForwardUntranslated, rig.Send(frame, side, zone: 0));
        ref Ipv6FlowRecord flow = ref rig.V6.Flows.Flow(0);
        Assert.Equal(2ul + 1 + Packets, flow.PacketsOut + flow.PacketsIn); // One flow's from the first to the last.
    }

    private static UserPolicy PolicyOf(PolicyLimits limits) => new(Verdict.Forward, Status: 0, limits, AclSlots: 0, Weight: 1, IsPinned: false, EndsFlows: false);

    // What is judged anew after this is ended, as after a kick.
    private static void EndIfJudgedAnew(UserTable users, uint user, long nowMs) => users[user].FlowsEndedMs = nowMs;

    private static (uint Address, ushort Port) OpenSteady(ShardRig rig)
    {
        (uint, ushort) external = rig.Map((A, 5000), (X1, 53));
        Assert.True(rig.FromOutside(Frames.Udp((X1, 53), external)).IsForwarded);
        Assert.True(rig.FromInside(Frames.Udp((A, 5000), (X1, 53))).IsForwarded);
        Assert.True(rig.IsHotPath);
        return external;
    }

    private static RigPacket Send(ShardRig rig, (uint, ushort) external, Side side) =>
        side == Side.Lan ? rig.FromInside(Frames.Udp((A, 5000), (X1, 53))) : rig.FromOutside(Frames.Udp((X1, 53), external));

    private static void AssertMetered(ShardRig rig, (uint, ushort) external, Side side)
    {
        Assert.True(Send(rig, external, side).IsForwarded);
        Assert.True(rig.IsHotPath);
        for (int i = 1; i < Packets; i++)
        {
            Assert.Equal(DropReason.RateExceeded, Send(rig, external, side).Reason);
            Assert.True(rig.IsHotPath);
        }
    }
}
