using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Gateway.Flow;

namespace Natflow.Gateway.Tests;

public sealed class ControlTests
{
    private const int MessagesPerTurn = 16;

    private static readonly uint Alice = Frames.Subscriber(0);

    [Fact]
    public async Task Turn_VerdictBetweenBursts_HoldsFromTheNextBurstOn()
    {
        using var rig = new PlaneRig();
        rig.Lan[0].Feed(Udp(0));
        rig.Settle();
        for (int i = 1; i < 768; i++)
            rig.Lan[0].Feed(Udp(i));

        rig.Turn(0);
        Assert.Equal(257UL, rig.Wan[0].SentCount);
        Task<UserVerdictAnswer> answer = rig.Plane.Ask<UserVerdictAnswer>(
            0, new UserVerdictRequest(BinaryPrimitives.ReverseEndianness(Alice), 0, Verdict.Drop));
        rig.Turn(0);
        Assert.Equal(513UL, rig.Wan[0].SentCount);
        rig.Settle();

        Assert.True((await answer).IsKnown);
        Assert.Equal(513UL, rig.Wan[0].SentCount);
        Assert.Equal(255UL, (await rig.Report()).Drops[DropReason.Policy]);
        rig.CheckChunks();
    }

    [Fact]
    public async Task Turn_VerdictForAStranger_IsAnsweredAndChangesNothing()
    {
        using var rig = new PlaneRig();
        Task<UserVerdictAnswer> answer = rig.Plane.Ask<UserVerdictAnswer>(0, new UserVerdictRequest(1, 0, Verdict.Drop));
        rig.Settle();
        Assert.False((await answer).IsKnown);
    }

    [Fact]
    public void Turn_ManyMessages_HandlesABoundedNumberBetweenTwoBursts()
    {
        using var rig = new PlaneRig();
        rig.Settle();
        Task<ShardReport>[] answers = [.. Enumerable.Range(0, 40).Select(_ => rig.Plane.Ask<ShardReport>(0, ShardReportRequest.Instance))];
        for (int turn = 1; turn <= 3; turn++)
        {
            rig.Lan[0].Feed(Udp(turn));
            rig.Turn(0);
            Assert.Equal(Math.Min(40, turn * MessagesPerTurn), answers.Count(static answer => answer.IsCompleted));
            Assert.Equal((ulong)turn, rig.Wan[0].SentCount);
        }
    }

    [Fact]
    public async Task Turn_WithdrawnAddress_EndsFlowsOnTheirNextPacketAndPairsNobodyWithIt()
    {
        using var rig = new PlaneRig();
        rig.Lan[0].Feed(Udp(1));
        rig.Settle();
        uint first = Frames.Src(Assert.Single(PlaneRig.Sent(rig.Wan[0])));

        rig.Plane.Tell(0, new WithdrawAddressRequest(BinaryPrimitives.ReverseEndianness(first)));
        rig.Settle();
        rig.Lan[0].Feed(Udp(2));
        Assert.Equal(1UL, (await rig.Report()).Counters.FlowsEnded);

        PlaneRig.Sent(rig.Wan[0]).Clear();
        for (int i = 1; i <= 20; i++)
            rig.Lan[0].Feed(Frames.Udp(Frames.Subscriber(i), 5000, Frames.Server, Frames.ServerPort));
        rig.Settle();
        List<byte[]> sent = PlaneRig.Sent(rig.Wan[0]);
        Assert.Equal(20, sent.Count);
        Assert.All(sent, frame => Assert.NotEqual(first, Frames.Src(frame)));
    }

    [Fact]
    public async Task Turn_FailedRxActor_IsRestartedAndFlowsLiveOn()
    {
        using var rig = new PlaneRig();
        rig.Lan[0].Feed(Udp(1));
        rig.Settle();
        ushort port = Frames.SrcPort(Assert.Single(PlaneRig.Sent(rig.Wan[0])));
        int made = rig.RxActorsMade;

        rig.LanQueues[0].FailuresLeft = 1;
        rig.Lan[0].Feed(Udp(2));
        rig.Settle();

        Assert.Equal(made + 1, rig.RxActorsMade);
        Assert.Equal(port, Frames.SrcPort(Assert.Single(PlaneRig.Sent(rig.Wan[0]))));
        Assert.Equal(1UL, (await rig.Report()).Counters.FlowsOpened);
        rig.CheckChunks();
    }

    [Fact]
    public void Turn_RxActorThatKeepsFailing_IsGivenUpAndTheOthersGoOn()
    {
        using var rig = new PlaneRig(workers: 2, shards: 1);
        rig.Lan[1].Feed(Udp(1));
        rig.Settle();
        byte[] sent = Assert.Single(PlaneRig.Sent(rig.Wan[0]));

        int made = rig.RxActorsMade;
        rig.LanQueues[0].FailuresLeft = int.MaxValue;
        rig.Settle();
        Assert.Equal(made + 10, rig.RxActorsMade);

        rig.Wan[0].Feed(Frames.Udp(Frames.Server, Frames.ServerPort, Frames.Src(sent), Frames.SrcPort(sent), 2));
        rig.Lan[1].Feed(Udp(3));
        rig.Settle();
        Assert.Equal(2, Frames.NumberOf(Assert.Single(PlaneRig.Sent(rig.Lan[0]))));
        Assert.Equal(3, Frames.NumberOf(Assert.Single(PlaneRig.Sent(rig.Wan[0]))));
    }

    private static byte[] Udp(int number) => Frames.Udp(Alice, 5000, Frames.Server, Frames.ServerPort, number);
}
