using Natflow.Core;
using Natflow.Packets.Build;

namespace Natflow.Gateway.Tests;

public sealed class PipelineTests
{
    private static readonly uint Alice = Frames.Subscriber(0);

    [Fact]
    public void Turn_DatagramAndAnswer_ArriveWithEveryByteAsItMustBe()
    {
        using var rig = new PlaneRig();
        rig.Lan[0].Feed(Frames.Udp(Alice, 5000, Frames.Server, Frames.ServerPort, number: 1));
        rig.Settle();

        byte[] sent = Assert.Single(PlaneRig.Sent(rig.Wan[0]));
        uint address = Frames.Src(sent);
        ushort port = Frames.SrcPort(sent);
        Assert.Contains(address, rig.Settings.PublicAddresses);
        Assert.Equal(Frames.Udp(address, port, Frames.Server, Frames.ServerPort, number: 1, ttl: Frames.Ttl - 1), sent);

        rig.Wan[0].Feed(Frames.Udp(Frames.Server, Frames.ServerPort, address, port, number: 2));
        rig.Settle();

        byte[] answer = Assert.Single(PlaneRig.Sent(rig.Lan[0]));
        Assert.Equal(Frames.Udp(Frames.Server, Frames.ServerPort, Alice, 5000, number: 2, ttl: Frames.Ttl - 1), answer);
        rig.CheckChunks();
    }

    [Fact]
    public void Turn_PingAndReply_CarryTheIdentifierOfTheirSide()
    {
        using var rig = new PlaneRig();
        rig.Lan[0].Feed(PacketBuilder.Ethernet().Ipv4(Alice, Frames.Server).IcmpQuery(8, identifier: 77).Payload(new byte[8]).ToArray());
        rig.Settle();
        byte[] sent = Assert.Single(PlaneRig.Sent(rig.Wan[0]));
        ushort identifier = (ushort)((sent[38] << 8) | sent[39]);
        uint address = Frames.Src(sent);
        Assert.Equal(PacketBuilder.Ethernet().Ipv4(address, Frames.Server, ttl: 63).IcmpQuery(8, identifier).Payload(new byte[8]).ToArray(), sent);

        rig.Wan[0].Feed(PacketBuilder.Ethernet().Ipv4(Frames.Server, address).IcmpQuery(0, identifier).Payload(new byte[8]).ToArray());
        rig.Settle();
        byte[] reply = Assert.Single(PlaneRig.Sent(rig.Lan[0]));
        Assert.Equal(PacketBuilder.Ethernet().Ipv4(Frames.Server, Alice, ttl: 63).IcmpQuery(0, 77).Payload(new byte[8]).ToArray(), reply);
    }

    [Fact]
    public async Task Turn_StrangerFromOutside_IsDroppedAndCounted()
    {
        using var rig = new PlaneRig();
        rig.Wan[0].Feed(Frames.Udp(Frames.Server, Frames.ServerPort, Frames.Public, 2000));
        DataPlaneReport report = await rig.Report();
        Assert.Equal(1UL, report.Drops[DropReason.NoMapping]);
        Assert.Empty(PlaneRig.Sent(rig.Lan[0]));
        rig.CheckChunks();
    }

    [Fact]
    public async Task Turn_IdleTimeOver_EndsFlowsWithoutAPacket()
    {
        using var rig = new PlaneRig();
        for (int i = 0; i < 600; i++)
            rig.Lan[0].Feed(Frames.Udp(Frames.Subscriber(i % 50), (ushort)(5000 + i), Frames.Server, Frames.ServerPort));
        Assert.Equal(600, (await rig.Report()).Shards[0].FlowCount);

        rig.Time.Advance(rig.Settings.Timeouts.Udp - TimeSpan.FromSeconds(2));
        Assert.Equal(600, (await rig.Report()).Shards[0].FlowCount);

        rig.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(0, (await rig.Report()).Shards[0].FlowCount);
    }

    [Fact]
    public async Task Turn_TransmitRingFull_DropsTheRestAndGoesOn()
    {
        using var rig = new PlaneRig();
        rig.Wan[0].TransmitMax = 100;
        for (int i = 0; i < 256; i++)
            rig.Lan[0].Feed(Frames.Udp(Alice, 5000, Frames.Server, Frames.ServerPort, i));
        DataPlaneReport report = await rig.Report();

        Assert.Equal(156UL, report.Drops[DropReason.TransmitRingFull]);
        Assert.Equal(Enumerable.Range(0, 100), PlaneRig.Sent(rig.Wan[0]).Select(Frames.NumberOf));
        rig.CheckChunks();

        rig.Lan[0].Feed(Frames.Udp(Alice, 5000, Frames.Server, Frames.ServerPort, 1000));
        rig.Settle();
        Assert.Equal(1000, Frames.NumberOf(Assert.Single(PlaneRig.Sent(rig.Wan[0]))));
    }

    [Fact]
    public async Task Turn_WorkerThatDoesNotDrain_FillsItsRingAndTheRestIsDroppedAtRx()
    {
        const int RingCapacity = 4096;
        const int FrameCount = 6000;
        using var rig = new PlaneRig(workers: 2, shards: 2, chunksPerWorker: 8192);
        uint far = SubscriberOf(rig, shard: 1);
        for (int i = 0; i < FrameCount; i++)
            rig.Lan[0].Feed(Frames.Udp(far, 5000, Frames.Server, Frames.ServerPort, i));
        int turns = 0;
        while (rig.Turn(0))
            Assert.True(++turns < 100, "worker 0 must not wait for worker 1");

        DataPlaneReport report = await rig.Report();
        Assert.Equal((ulong)(FrameCount - RingCapacity), report.RxDrops[0][DropReason.HandoffRingFull]);
        Assert.Equal(Enumerable.Range(0, RingCapacity), PlaneRig.Sent(rig.Wan[1]).Select(Frames.NumberOf));
        rig.CheckChunks();
    }

    [Fact]
    public void Turn_PoolRunsDry_FramesWaitAndNoneIsLost()
    {
        using var rig = new PlaneRig(workers: 2, shards: 2, chunksPerWorker: 512);
        uint far = SubscriberOf(rig, shard: 1);
        for (int i = 0; i < 2000; i++)
            rig.Lan[0].Feed(Frames.Udp(far, 5000, Frames.Server, Frames.ServerPort, i));
        while (rig.Turn(0))
        {
            // Until its chunks are all on their way to worker 1.
        }

        rig.Settle();
        Assert.Equal(Enumerable.Range(0, 2000), PlaneRig.Sent(rig.Wan[1]).Select(Frames.NumberOf));
        rig.CheckChunks();
    }

    [Theory, InlineData(1, 1), InlineData(2, 3)]
    public void Turn_SteadyState_AllocatesNothing(int workers, int shards)
    {
        using var rig = new PlaneRig(workers, shards, keepsSent: false);
        byte[][] known = [.. Enumerable.Range(0, 256).Select(static i => Frames.Udp(Frames.Subscriber(i), 5000, Frames.Server, Frames.ServerPort))];
        Feed(rig, known);
        rig.Settle();

        // Now and then the runtime allocates on this thread for itself, when it compiles a hot loop anew: so the least of some rounds counts.
        long least = long.MaxValue;
        for (int round = 1; round <= 5; round++)
        {
            for (int i = 0; i < 8; i++)
                Feed(rig, known);
            Feed(rig, Fresh(round));
            ulong sentBefore = Sent(rig);
            long before = GC.GetAllocatedBytesForCurrentThread();
            rig.Settle();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.Equal(9UL * 256, Sent(rig) - sentBefore);
        }

        Assert.Equal(0, least);
    }

    private static byte[][] Fresh(int round) =>
        [.. Enumerable.Range(0, 256).Select(i => Frames.Udp(Frames.Subscriber(i), (ushort)(6000 + round), Frames.Server, Frames.ServerPort))];

    private static ulong Sent(PlaneRig rig) => rig.Wan.Aggregate(0UL, static (sum, port) => sum + port.SentCount);

    private static void Feed(PlaneRig rig, byte[][] frames)
    {
        for (int i = 0; i < frames.Length; i++)
            rig.Lan[i % rig.WorkerCount].Feed(frames[i]);
    }

    private static uint SubscriberOf(PlaneRig rig, int shard)
    {
        int index = 0;
        while (rig.Pool.ShardOfUser(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(Frames.Subscriber(index)), zone: 0) != shard)
            index++;
        return Frames.Subscriber(index);
    }
}
