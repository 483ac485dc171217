using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Offers;
using Natflow.Flows.Paths;
using Natflow.Flows.Users;
using Natflow.Gateway.Ppe;
using Natflow.Offload.Model;
using Natflow.Testing.Offload;

namespace Natflow.Gateway.Tests.Ppe;

public sealed class OffloadTests : IDisposable
{
    private const int UserCapacity = 1024;
    private const ushort Port = 5000;

    private static readonly uint Alice = Frames.Subscriber(0);

    private readonly PolicyTable _policies = new(PolicyTable.UserBase + UserCapacity);
    private readonly MemoryPpe _ppe;
    private readonly PlaneRig _rig;

    public OffloadTests()
    {
        _ppe = new MemoryPpe(capacityEntries: 64, _policies);
        _rig = new PlaneRig(offload: new OffloadPlan(_ppe, _policies));
    }

    public void Dispose()
    {
        _rig.Dispose();
        _policies.Dispose();
    }

    [Fact]
    public void Answer_OfAUdpFlow_BindsBothDirections()
    {
        OpenSteady(Port);

        FoeEntry[] entries = [.. _ppe.Forwarding];
        Assert.Equal(2, entries.Length);
        Assert.Equal(BinaryPrimitives.ReverseEndianness(Port), Assert.Single(entries, static entry => entry.Side == Side.Lan).SrcPortBe);
        Assert.Equal(BinaryPrimitives.ReverseEndianness(Port), Assert.Single(entries, static entry => entry.Side == Side.Wan).NewDstPortBe);
        Assert.Equal(1, _rig.State().Offload!.CountOf(OffloadReason.Offloaded));
    }

    [Fact]
    public void Counters_OfBoundAndEndedFlow_AreExactInUserTotals()
    {
        OpenSteady(Port);
        ulong managed = _rig.State().Flows.Flow(0).BytesOut;
        Assert.True(_ppe.TryPlay(static entry => entry.Side == Side.Lan, packets: 1000, bytes: 100, NowMs));
        Elapse(1100);
        Assert.Equal(managed + 100_000, _rig.State().Flows.Flow(0).BytesOut);

        Assert.True(_ppe.TryPlay(static entry => entry.Side == Side.Lan, packets: 10, bytes: 100, NowMs));
        _rig.State().End(0, NowMs);
        Elapse(1100);
        uint user = _rig.State().Users.Find(BinaryPrimitives.ReverseEndianness(Alice), 0);
        Assert.Equal(managed + 101_000, _rig.State().Users[user].EndedBytesOut);
        Assert.Equal(0, _ppe.CountEntries);
    }

    [Fact]
    public void ActiveInThePpe_BeyondTheTimer_DoesNotExpire_AndIdleDoes()
    {
        OpenSteady(Port);
        for (int minute = 0; minute < 7; minute++)
        {
            Elapse(60_000);
            Assert.True(_ppe.TryPlay(static entry => entry.Side == Side.Lan, packets: 1, bytes: 100, NowMs));
            Elapse(2000);
        }

        Assert.Equal(1, _rig.State().Flows.Count);
        for (int minute = 0; minute < 6; minute++)
            Elapse(60_000);
        Assert.Equal(0, _rig.State().Flows.Count);
        Elapse(1100);
        Assert.Equal(0, _ppe.CountEntries);
    }

    // The offload actor's thread reads the clock after a worker that was held up in its turn has.
    [Fact]
    public void SeenByThePpe_AheadOfTheShardsClock_DoesNotExpire()
    {
        OpenSteady(Port);
        Assert.True(_ppe.TryPlay(static entry => entry.Side == Side.Lan, packets: 1, bytes: 100, NowMs + 5000));
        Elapse(1100);
        ulong ended = _rig.State().Counters.FlowsEnded;

        Send(Port);
        Elapse(1100);

        Assert.Equal(1, _rig.State().Flows.Count);
        Assert.Equal(ended, _rig.State().Counters.FlowsEnded);
    }

    [Fact]
    public void Path_ThatChanges_VoidsAtOnce_AndIsBoundAnew()
    {
        OpenSteady(Port);
        _rig.State().Paths.BumpAll();
        _rig.Settle();
        Assert.Empty(_ppe.Forwarding);
        Send(Port);
        Elapse(1100);
        Assert.Equal(2, _ppe.Forwarding.Count);
    }

    [Theory, InlineData(PathTable.AsIsWan), InlineData(PathTable.AsIsLan)]
    public void Path_ThatChanges_OfAPpeThatKnowsNoGenerations_TakesBothEntriesOutAtOnce(ushort way)
    {
        using var ppe = new MemoryPpe(capacityEntries: 64, _policies, PpeFeatures.Counters);
        using var rig = new PlaneRig(offload: new OffloadPlan(ppe, _policies));
        OpenSteady(rig, Port);
        Assert.Equal(2, ppe.Forwarding.Count);
        rig.State().Paths.Bump(way);
        rig.Settle();
        Assert.Empty(ppe.Forwarding);
    }

    [Fact]
    public void Bind_AndAWayThatChangesInTheSameTurn_AreTakenInOrder()
    {
        const int shardTurns = 8;
        Send(Port);
        byte[] sent = PlaneRig.Sent(_rig.Wan[0])[^1];
        _rig.Wan[0].Feed(Frames.Udp(Frames.Server, Frames.ServerPort, Frames.Src(sent), Frames.SrcPort(sent)));
        for (int turn = 0; turn < shardTurns; turn++)
            _rig.Turn(0); // The shard offers the flow; the offload actor has its turn later.
        _rig.State().Paths.BumpAll();
        for (int turn = 0; turn < shardTurns; turn++)
            _rig.Turn(0);
        _rig.Settle();
        Assert.Equal(2, _ppe.CountEntries); // Bound as it was offered, by ways that are gone.
        Assert.Empty(_ppe.Forwarding);
        Send(Port);
        Elapse(1100);
        Assert.Equal(2, _ppe.Forwarding.Count);
    }

    [Theory, InlineData(Side.Lan), InlineData(Side.Wan)]
    public void Bind_OfOneDirectionAlone_LeavesNothingBehind(Side refused)
    {
        _ppe.Refusal = PpeResult.BucketFull;
        _ppe.RefusedSide = refused;
        OpenSteady(Port);
        Assert.Empty(_ppe.Forwarding);
        Assert.Equal(1, _rig.State().Offload!.CountOf(OffloadReason.BucketFull));
        Elapse(1100);
        Assert.Equal(0, _ppe.CountEntries);
    }

    [Fact]
    public void Ended_PlacesOfItsEntries_AreHeldUntilPacketsUnderWayHaveLeft()
    {
        OpenSteady(Port);
        _rig.State().End(0, NowMs);
        _rig.Settle();
        Assert.Empty(_ppe.Forwarding);
        _rig.Time.Advance(TimeSpan.FromMilliseconds(_ppe.GraceMs - 1));
        _rig.Settle();
        Assert.Equal(2, _ppe.CountEntries);
        _rig.Time.Advance(TimeSpan.FromMilliseconds(1));
        _rig.Settle();
        Assert.Equal(0, _ppe.CountEntries);
    }

    [Fact]
    public void Table_ClearedBySomeoneElse_IsFilledAgain()
    {
        OpenSteady(Port);
        _ppe.Clear();
        Elapse(1100);
        Elapse(1100);
        Assert.Equal(2, _ppe.Forwarding.Count);
    }

    [Fact]
    public void Bind_ThatFailed_IsRetriedAfterEightSeconds_NotBefore()
    {
        _ppe.Refusal = PpeResult.BucketFull;
        OpenSteady(Port);
        Assert.Equal(1, _rig.State().Offload!.CountOf(OffloadReason.BucketFull));
        _ppe.Refusal = null;
        for (int second = 0; second < 7; second++)
            Elapse(1000);
        Assert.Empty(_ppe.Forwarding);
        for (int second = 0; second < 4; second++)
            Elapse(1000);
        Assert.Equal(2, _ppe.Forwarding.Count);
    }

    [Fact]
    public void Full_EvictsTheSlowest()
    {
        for (ushort port = Port; port < Port + 33; port++)
            OpenSteady(port);
        Assert.Equal(1, _rig.State().Offload!.CountOf(OffloadReason.TableFull));
        ushort fastBe = BinaryPrimitives.ReverseEndianness(Port);
        for (int pass = 0; pass < 3; pass++)
        {
            _ = _ppe.TryPlay(entry => entry.Side == Side.Lan && entry.SrcPortBe == fastBe, packets: 100, bytes: 100, NowMs);
            Elapse(1000);
        }

        Assert.Contains(_ppe.Forwarding, entry => entry.SrcPortBe == fastBe);
        Assert.Equal(1, _rig.State().Offload!.CountOf(OffloadReason.Evicted));
    }

    private long NowMs => Gateway.Workers.Worker.NowMs(_rig.Time);

    private void Send(ushort port) => Send(_rig, port);

    private static void Send(PlaneRig rig, ushort port)
    {
        rig.Lan[0].Feed(Frames.Udp(Alice, port, Frames.Server, Frames.ServerPort));
        rig.Settle();
    }

    private void OpenSteady(ushort port) => OpenSteady(_rig, port);

    private static void OpenSteady(PlaneRig rig, ushort port)
    {
        Send(rig, port);
        byte[] sent = PlaneRig.Sent(rig.Wan[0])[^1];
        rig.Wan[0].Feed(Frames.Udp(Frames.Server, Frames.ServerPort, Frames.Src(sent), Frames.SrcPort(sent)));
        rig.Settle();
    }

    // In steps, as workers see time.
    private void Elapse(int ms)
    {
        for (int i = 0; i < 10; i++)
        {
            _rig.Time.Advance(TimeSpan.FromMilliseconds(ms / 10.0));
            _rig.Settle();
        }
    }
}
