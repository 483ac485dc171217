using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Gateway.Replication;

namespace Natflow.Gateway.Tests.Replication;

/// <summary>What becomes of frames while their shard is another node's, or on its way to one.</summary>
public sealed class DetourTests
{
    private const ulong Own = 0x0200_0000_0001;
    private const ulong Peer = 0x0200_0000_0002;
    private const ulong Host = 0x0200_0000_0009;
    private static readonly DetourRoute Nobody = new([], [Own, Own], [Peer]);
    private static readonly DetourRoute ToPeer = new([Peer, Peer], [Own, Own], [Peer]);

    [Fact]
    public void OwnedElsewhere_FrameOfAHost_IsSentOnToTheOwnerUntouched()
    {
        using PlaneRig rig = Rig(ToPeer);
        rig.Lan[0].Feed(Frame(to: Own, from: Host, number: 1));
        rig.Settle();
        byte[] sent = Assert.Single(PlaneRig.Sent(rig.Lan[0]));
        Assert.Equal((Peer, Own), Links(sent));
        Assert.Equal((Frames.Subscriber(1), 1), (Frames.Src(sent), Frames.NumberOf(sent)));
        Assert.Empty(PlaneRig.Sent(rig.Wan[0]));
        rig.CheckChunks();
    }

    [Fact]
    public void OwnedElsewhere_FrameForAnotherNode_IsDropped()
    {
        using PlaneRig rig = Rig(ToPeer);
        rig.Lan[0].Feed(Frame(to: Peer, from: Host, number: 1)); // A switch had forgotten where that one is.
        rig.Settle();
        Assert.Empty(PlaneRig.Sent(rig.Lan[0]));
        Assert.Equal(1UL, rig.Plane.ReadDrops(DropReason.ShardElsewhere));
        rig.CheckChunks();
    }

    [Fact]
    public void HandedOver_FramesWaitAndFollowInOrder()
    {
        using PlaneRig rig = Rig(Nobody);
        rig.Plane.HoldFrames(0, TimeSpan.FromSeconds(1));
        for (int number = 1; number <= 20; number++)
            rig.Lan[0].Feed(Frame(to: Own, from: Host, number));
        rig.Settle();
        Assert.Empty(PlaneRig.Sent(rig.Lan[0]));
        Assert.Equal(20, rig.Plane.HeldCount);

        rig.Plane.SetDetour(0, ToPeer);
        rig.Settle();

        Assert.Equal(Enumerable.Range(1, 20), PlaneRig.Sent(rig.Lan[0]).Select(Frames.NumberOf));
        rig.CheckChunks();
    }

    [Fact]
    public void HandedOverToNobody_FramesAreDroppedWhenTheWaitIsOver()
    {
        using PlaneRig rig = Rig(Nobody);
        rig.Plane.HoldFrames(0, TimeSpan.FromSeconds(1));
        rig.Lan[0].Feed(Frame(to: Own, from: Host, number: 1));
        rig.Settle();
        rig.Time.Advance(TimeSpan.FromMilliseconds(1001));
        rig.Settle();
        Assert.Equal(1UL, rig.Plane.ReadDrops(DropReason.ShardElsewhere));
        Assert.Empty(PlaneRig.Sent(rig.Lan[0]));
        rig.CheckChunks();
    }

    [Fact]
    public void TakenOver_FrameThatThePeerSentOnTooEarly_IsForwardedWhenTheShardIsOwned()
    {
        using PlaneRig rig = Rig(ToPeer); // What this node knows is old.
        rig.Lan[0].Feed(Frame(to: Own, from: Peer, number: 1));
        rig.Settle();
        Assert.Empty(PlaneRig.Sent(rig.Wan[0]));

        rig.Plane.SetOwnedUntil(0, long.MaxValue);
        rig.Settle();

        Assert.Equal(1, Frames.NumberOf(Assert.Single(PlaneRig.Sent(rig.Wan[0]))));
        rig.CheckChunks();
    }

    [Fact]
    public void Hold_MoreThanThereIsRoomFor_IsDroppedAndCounted()
    {
        using PlaneRig rig = Rig(Nobody);
        rig.Plane.HoldFrames(0, TimeSpan.FromSeconds(1));
        for (int number = 0; number < 2000; number++)
        {
            rig.Lan[0].Feed(Frame(to: Own, from: Host, number));
            rig.Settle();
        }

        Assert.Equal(512, rig.Plane.HeldCount);
        Assert.Equal(1488UL, rig.Plane.ReadDrops(DropReason.ShardElsewhere));
        rig.Plane.SetDetour(0, ToPeer);
        rig.Settle();
        Assert.Equal(512, PlaneRig.Sent(rig.Lan[0]).Count);
    }

    private static PlaneRig Rig(DetourRoute route)
    {
        var rig = new PlaneRig(chunksPerWorker: 2048);
        rig.Plane.SetOwnedUntil(0, 0);
        rig.Plane.SetDetour(0, route);
        return rig;
    }

    private static byte[] Frame(ulong to, ulong from, int number)
    {
        byte[] frame = Frames.Udp(Frames.Subscriber(1), 5000, Frames.Server, Frames.ServerPort, number);
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)(to >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(2), (uint)to);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(6), (ushort)(from >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(8), (uint)from);
        return frame;
    }

    private static (ulong To, ulong From) Links(byte[] frame) =>
        (BinaryPrimitives.ReadUInt64BigEndian(frame) >> 16, BinaryPrimitives.ReadUInt64BigEndian(frame.AsSpan(4)) & 0xFFFF_FFFF_FFFF);
}
