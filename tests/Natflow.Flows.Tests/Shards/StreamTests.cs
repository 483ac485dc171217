using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

/// <summary>UDP that nobody answers: its later packets take the hot path, and are treated as by the slow one.</summary>
public sealed class StreamTests
{
    private const int Packets = 8;
    private const int OfferPackets = 4; // By then a PPE has been offered the flow, which the slow path does.

    [Fact]
    public void Stream_ThatNobodyAnswers_ComesToTheHotPath()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Map((A, 5000), (X1, 514));
        Assert.False(rig.IsHotPath);

        for (int before = 1; before < Packets; before++)
        {
            Assert.Equal(external, rig.Map((A, 5000), (X1, 514)));
            Assert.Equal(before > OfferPackets, rig.IsHotPath);
        }

        Assert.Equal(1, rig.State.Flows.Count);
        Assert.Equal((uint)Packets, rig.State.Flows.Flow(0).PacketsOutLow);
        Assert.Equal(FlowState.UdpOneWay, rig.State.Flows.Flow(0).State);
    }

    [Fact]
    public void Answer_MakesAStreamSteady()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = Stream(rig);
        Assert.True(rig.FromOutside(Frames.Udp((X1, 53), rig.Map((A, 5001), (X1, 53)))).IsForwarded); // The way to the subscriber is known then.

        Assert.True(rig.FromOutside(Frames.Udp((X1, 514), external)).IsForwarded);

        Assert.Equal(FlowState.UdpSteady, rig.State.Flows.Flow(0).State);
    }

    [Fact]
    public void Stream_KeepsItsMapping_AndLosesItWhenItPauses()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = Stream(rig);
        for (int i = 0; i < 3; i++)
        {
            rig.Wait(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(external, rig.Map((A, 5000), (X1, 514)));
            Assert.True(rig.IsHotPath);
        }

        rig.Wait(TimeSpan.FromMinutes(5));

        Assert.Equal(0, rig.State.Flows.Count);
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Udp((X1, 514), external)).Reason);
    }

    [Fact]
    public void Block_CutsAStreamAtItsNextPacket()
    {
        using var rig = new ShardRig();
        _ = Stream(rig);
        rig.State.SetUserVerdict(rig.State.Flows.Flow(0).UserIndex, Verdict.Drop);

        Assert.Equal(DropReason.Policy, rig.FromInside(Frames.Udp((A, 5000), (X1, 514))).Reason);
    }

    [Fact]
    public void PacketsFromOutside_ThatAForwardLetsIn_ComeToTheHotPathOnlyOnceTheyAreAnswered()
    {
        using var rig = new ShardRig(Defaults with { Filtering = FilteringMode.EndpointIndependent });
        (uint, ushort) external = rig.Map((A, 5000), (X1, 514));
        for (int i = 0; i < Packets; i++)
        {
            Assert.True(rig.FromOutside(Frames.Udp((Y, 514), external)).IsForwarded);
            Assert.False(rig.IsHotPath);
        }

        Assert.Equal(external, rig.Map((A, 5000), (Y, 514)));
        Assert.True(rig.FromOutside(Frames.Udp((Y, 514), external)).IsForwarded);
        Assert.True(rig.IsHotPath);
    }

    private static (uint, ushort) Stream(ShardRig rig)
    {
        (uint, ushort) external = default;
        for (int i = 0; i < Packets; i++)
            external = rig.Map((A, 5000), (X1, 514));
        Assert.True(rig.IsHotPath);
        return external;
    }
}
