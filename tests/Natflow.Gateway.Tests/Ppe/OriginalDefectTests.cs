using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Offers;
using Natflow.Flows.Paths;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Users;
using Natflow.Gateway.Flow;
using Natflow.Gateway.Ppe;
using Natflow.Offload.Model;
using Natflow.Testing.Offload;

namespace Natflow.Gateway.Tests.Ppe;

/// <summary>What the original got wrong in its fast path, each by the section of its description: it does not come back.</summary>
public sealed class OriginalDefectTests : IDisposable
{
    private const int UserCapacity = 1024;
    private const ushort Port = 5000;
    private const byte TimeExceeded = 11;

    private static readonly uint Alice = Frames.Subscriber(0);

    private readonly PolicyTable _policies = new(PolicyTable.UserBase + UserCapacity);
    private readonly MemoryPpe _ppe;
    private PlaneRig _rig;

    public OriginalDefectTests()
    {
        _ppe = new MemoryPpe(capacityEntries: 64, _policies);
        _rig = Rig();
    }

    public void Dispose()
    {
        _rig.Dispose();
        _policies.Dispose();
    }

    /// <summary>Section 4.7 and limit 19: a connection without a free slot stayed slow for life.</summary>
    [Fact]
    public void Section4_7_FlowWithoutAFreeBucket_IsBoundWhenThereIsOne()
    {
        _ppe.Refusal = PpeResult.BucketFull;
        OpenSteady(Port);
        for (int second = 0; second < 30; second++)
            Elapse(1000);
        Assert.Empty(_ppe.Forwarding);
        _ppe.Refusal = null;
        for (int second = 0; second < 11; second++)
            Elapse(1000);
        Assert.Equal(2, _ppe.Forwarding.Count);
    }

    /// <summary>Section 4.6 test 8 and limit 23: one-way UDP was never accelerated.</summary>
    [Fact]
    public void Section4_6_OneWayUdp_IsAccelerated()
    {
        for (int i = 0; i < 4; i++)
            Send(Port);
        Assert.Equal(2, _ppe.Forwarding.Count);
        Elapse(1100);
        Assert.Equal(1, _rig.State().Offload!.CountOf(OffloadReason.Offloaded));
    }

    /// <summary>Section 4.1 and limit 22: connections from before the fast path was on stayed slow.</summary>
    [Fact]
    public async Task Section4_1_FlowsFromBeforeTheStart_AreTakenUp()
    {
        OpenSteady(Port);
        using var stream = new MemoryStream();
        await _rig.Plane.Stop();
        _rig.Plane.WriteSnapshot(stream, CancellationToken.None);
        _rig.Dispose();
        _rig = Rig();
        Assert.Empty(_ppe.Forwarding);
        stream.Position = 0;
        long unixMs = _rig.Time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(SnapshotError.None, SnapshotReader.TryOpen(stream, unixMs, TimeSpan.FromDays(1), out SnapshotReader? reader));
        Assert.Equal(1, _rig.Plane.Restore(reader!).FlowCount);

        Send(Port);
        Elapse(1100);
        Assert.Equal(2, _ppe.Forwarding.Count);
    }

    /// <summary>Section 4.7, last row: a limit set later did not reach nodes that were there.</summary>
    [Fact]
    public async Task Section4_7_LimitSetLater_ReachesTheBoundFlow()
    {
        OpenSteady(Port);
        Task<UserLimitAnswer> answer = _rig.Plane.Ask<UserLimitAnswer>(
            0, new UserLimitRequest(MappedAddress.Of(Alice), 0, new PolicyLimits(8_000_000, 0, TimeSpan.FromMilliseconds(100))));
        _rig.Settle();
        Assert.True((await answer).IsKnown);
        ulong before = _rig.State().Flows.Flow(0).BytesOut;
        Assert.True(_ppe.TryPlay(static entry => entry.Side == Side.Lan, packets: 1000, bytes: 1000, NowMs));
        Elapse(1100);
        Assert.InRange(_rig.State().Flows.Flow(0).BytesOut - before, 100_000UL, 102_000UL);
    }

    /// <summary>Section 7 and limit 46: rules were evaluated once a connection; a change of the configuration did not reach it.</summary>
    [Fact]
    public async Task Section7_1_RatesOfTheConfiguration_ReachBoundFlowsButNotWhoHasItsOwn()
    {
        OpenSteady(Port);
        _rig.State().Users.SetLimits(UserOf(Alice), new PolicyLimits(80_000_000, 0, TimeSpan.FromMilliseconds(100)));
        uint bob = Frames.Subscriber(1);
        OpenSteady(Port, bob);
        Task applied = _rig.Plane.Apply(_rig.Settings with { UserLimits = new PolicyLimits(8_000_000, 0, TimeSpan.FromMilliseconds(100)) });
        while (!applied.IsCompleted)
        {
            _rig.Settle();
            await Task.Yield();
        }

        await applied;
        Elapse(1100);
        Send(Port);
        Send(Port, bob);
        Elapse(1100);
        Assert.Equal(4, _ppe.Forwarding.Count);
        Assert.Equal(10UL, _policies[_ppe.Forwarding.Single(entry => IsOf(entry, bob)).PolicyIndex].UpNanosecondsPerByteQ20
            / _policies[_ppe.Forwarding.Single(static entry => IsOf(entry, Alice)).PolicyIndex].UpNanosecondsPerByteQ20);
    }

    /// <summary>Sections 5.3 and 6.5: an engine's flows of a blocked user went on until the driver asked with the right fields.</summary>
    [Fact]
    public void Section5_3_BlockAndKick_CutAtOnce()
    {
        OpenSteady(Port);
        _rig.State().SetUserVerdict(UserOf(Alice), Verdict.Drop);
        Assert.Empty(_ppe.Forwarding);

        _rig.State().SetUserVerdict(UserOf(Alice), Verdict.Forward);
        Elapse(1100);
        Send(Port);
        Elapse(1100);
        Assert.Equal(2, _ppe.Forwarding.Count);
        _rig.State().End(0, NowMs); // A kick ends the flow.
        _rig.Settle();
        Assert.Empty(_ppe.Forwarding);
    }

    /// <summary>Sections 4.5 and 4.6 test 16, limit 24: an eligible connection never answered traceroute.</summary>
    [Fact]
    public void Section4_5_LastHopInsideABoundFlow_GetsTimeExceeded()
    {
        OpenSteady(Port);
        _rig.State().SetIcmpSource(Side.Lan, BinaryPrimitives.ReverseEndianness(0x0A0000FEu));
        _rig.Lan[0].Feed(Frames.Udp(Alice, Port, Frames.Server, Frames.ServerPort, ttl: 1));
        _rig.Settle();
        byte[] answer = PlaneRig.Sent(_rig.Lan[0])[^1];
        Assert.Equal((IpProtocol.Icmp, TimeExceeded, Alice), (answer[23], answer[34], Frames.Dst(answer)));
        Assert.Equal(2, _ppe.Forwarding.Count); // And the flow stays where it is.
    }

    /// <summary>Section 4.8 and limit 21: neighbour, route and carrier changes were not noticed.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public void Section4_8_WayThatChangesOrIsLost_VoidsItsFlowsAtOnce(bool isLost)
    {
        OpenSteady(Port);
        ref PathRecord way = ref _rig.State().Paths[PathTable.AsIsWan];
        if (isLost)
            way.State = PathState.Down;
        _rig.State().Paths.Bump(PathTable.AsIsWan);
        _rig.Settle();
        Assert.Equal(Side.Wan, Assert.Single(_ppe.Forwarding).Side); // The way in is what it was.
        Send(Port);
        Elapse(1100);
        Assert.Equal(isLost ? 0 : 2, _ppe.Forwarding.Count);
        Assert.Equal(isLost ? 1 : 0, _rig.State().Offload!.CountOf(OffloadReason.PathPending));
        way.State = PathState.AsIs;
        _rig.State().Paths.Bump(PathTable.AsIsWan);
        Send(Port);
        Elapse(1100);
        Assert.Equal(2, _ppe.Forwarding.Count);
    }

    /// <summary>Section 4.9: what nodes had counted since the last sample was lost with them.</summary>
    [Fact]
    public void Section4_9_LastCountsOfAnEndingFlow_AreNotLost()
    {
        OpenSteady(Port);
        ulong managed = _rig.State().Flows.Flow(0).BytesOut;
        Assert.True(_ppe.TryPlay(static entry => entry.Side == Side.Lan, packets: 7, bytes: 100, NowMs));
        _rig.State().End(0, NowMs);
        Elapse(1100);
        Assert.Equal(managed + 700, _rig.State().Users[UserOf(Alice)].EndedBytesOut);
    }

    /// <summary>Limit 18: a full table knew no eviction by activity; here flows go on in any case, and the table takes the faster ones.</summary>
    [Fact]
    public void Section11_18_FullTable_ForwardingGoesOnAndEveryFlowHasItsReason()
    {
        for (int i = 0; i < 1000; i++)
            OpenSteady((ushort)(Port + (i % 500)), Frames.Subscriber(i / 500));
        Assert.Equal(64, _ppe.CountEntries);
        for (int i = 0; i < 1000; i++)
            OpenSteady((ushort)(Port + (i % 500)), Frames.Subscriber(i / 500)); // Each packet passes, both ways.
        ShardOffload offload = _rig.State().Offload!;
        Assert.Equal(1000, _rig.State().Flows.Count);
        Assert.Equal((32, 968), (offload.CountOf(OffloadReason.Offloaded), offload.CountOf(OffloadReason.TableFull)));
    }

    private long NowMs => Gateway.Workers.Worker.NowMs(_rig.Time);

    private static bool IsOf(FoeEntry entry, uint host) => entry.Side == Side.Lan && (uint)entry.SrcAddr.ToUInt128() == host;

    private PlaneRig Rig() => new(offload: new OffloadPlan(_ppe, _policies));

    private uint UserOf(uint host) => _rig.State().Users.Find(BinaryPrimitives.ReverseEndianness(host), 0);

    private void Send(ushort port, uint? host = null)
    {
        _rig.Lan[0].Feed(Frames.Udp(host ?? Alice, port, Frames.Server, Frames.ServerPort));
        _rig.Settle();
    }

    private void OpenSteady(ushort port, uint? host = null)
    {
        Send(port, host);
        byte[] sent = Assert.Single(PlaneRig.Sent(_rig.Wan[0]));
        _rig.Wan[0].Feed(Frames.Udp(Frames.Server, Frames.ServerPort, Frames.Src(sent), Frames.SrcPort(sent)));
        _rig.Settle();
        Assert.Single(PlaneRig.Sent(_rig.Lan[0]));
    }

    private void Elapse(int ms)
    {
        for (int i = 0; i < 10; i++)
        {
            _rig.Time.Advance(TimeSpan.FromMilliseconds(ms / 10.0));
            _rig.Settle();
        }

        _ = PlaneRig.Sent(_rig.Wan[0]);
        _ = PlaneRig.Sent(_rig.Lan[0]);
    }
}
