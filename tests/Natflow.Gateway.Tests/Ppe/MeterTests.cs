using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Offers;
using Natflow.Flows.Users;
using Natflow.Gateway.Ppe;
using Natflow.Offload.Model;
using Natflow.Testing.Offload;

namespace Natflow.Gateway.Tests.Ppe;

/// <summary>Meters that come and go while a PPE holds the flow: one that has meters keeps it, and meters; one that has none lets go of it.</summary>
public sealed class MeterTests : IDisposable
{
    private const int UserCapacity = 1024;
    private const ushort Port = 5000;
    private const ushort ForwardPort = 9000;

    private static readonly uint Alice = Frames.Subscriber(1);
    private static readonly uint Server = Frames.Subscriber(9);
    private static readonly PolicyLimits Limits = new(8_000_000, 8_000_000, TimeSpan.FromMilliseconds(100));

    private readonly PolicyTable _policies = new(PolicyTable.UserBase + UserCapacity);

    public void Dispose() => _policies.Dispose();

    [Fact]
    public void PpeWithMeters_KeepsTheFlow_AndMetersItAtOnce()
    {
        using var ppe = new MemoryPpe(capacityEntries: 64, _policies);
        using var rig = new PlaneRig(offload: new OffloadPlan(ppe, _policies));
        OpenSteady(rig);
        rig.State().Users.SetLimits(UserOf(rig, Alice), Limits);

        Assert.Equal(2, ppe.Forwarding.Count);
        ulong before = rig.State().Flows.Flow(0).BytesOut;
        Assert.True(ppe.TryPlay(static entry => entry.Side == Side.Lan, packets: 1000, bytes: 1000, NowMs(rig)));
        Elapse(rig, 1100);
        Assert.InRange(rig.State().Flows.Flow(0).BytesOut - before, 100_000UL, 102_000UL);
        Send(rig);
        Elapse(rig, 1100);
        Assert.Equal((2, 1L), (ppe.Forwarding.Count, rig.State().Offload!.CountOf(OffloadReason.Offloaded)));
    }

    [Fact]
    public void PpeWithoutMeters_LetsGoOfTheFlow_AndHasItAgainWithoutThem()
    {
        using var ppe = new MemoryPpe(capacityEntries: 64, _policies, PpeFeatures.Counters | PpeFeatures.TwiceNat);
        using var rig = new PlaneRig(offload: new OffloadPlan(ppe, _policies));
        OpenSteady(rig);
        Assert.Equal(2, ppe.Forwarding.Count);
        rig.State().Users.SetLimits(UserOf(rig, Alice), Limits);
        rig.Settle();
        Assert.Empty(ppe.Forwarding); // Not a packet more without the limit.

        Send(rig);
        Elapse(rig, 1100);
        Assert.Equal((0, 1L), (ppe.Forwarding.Count, rig.State().Offload!.CountOf(OffloadReason.Meter)));

        rig.State().Users.SetLimits(UserOf(rig, Alice), PolicyLimits.None);
        Send(rig);
        Elapse(rig, 1100);
        Assert.Equal(2, ppe.Forwarding.Count);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void HairpinnedFlows_WhoseReceiverGetsAMeter_AreLetGo(bool isOfServer)
    {
        using var ppe = new MemoryPpe(capacityEntries: 64, _policies);
        using var rig = new PlaneRig(
            change: static settings => settings with { PortForwards = [new PortForward(IpProtocol.Udp, Frames.Public, ForwardPort, Server, 80)] },
            offload: new OffloadPlan(ppe, _policies));
        OpenHairpin(rig);
        Assert.Equal(2, ppe.Forwarding.Count);
        uint user = UserOf(rig, isOfServer ? Server : Alice);

        rig.State().Users.SetLimits(user, Limits with { DownBitsPerSecond = 0 });
        rig.Settle();
        Assert.Equal(2, ppe.Forwarding.Count); // The sender's meter is the entry's.
        rig.State().Users.SetLimits(user, Limits);
        rig.Settle();
        Assert.Empty(ppe.Forwarding);
        Elapse(rig, 1100);
        Assert.Empty(ppe.Forwarding);
    }

    private static long NowMs(PlaneRig rig) => Gateway.Workers.Worker.NowMs(rig.Time);

    private static uint UserOf(PlaneRig rig, uint address) => rig.State().Users.Find(BinaryPrimitives.ReverseEndianness(address), 0);

    private static void Send(PlaneRig rig)
    {
        rig.Lan[0].Feed(Frames.Udp(Alice, Port, Frames.Server, Frames.ServerPort));
        rig.Settle();
    }

    private static void OpenSteady(PlaneRig rig)
    {
        Send(rig);
        byte[] sent = PlaneRig.Sent(rig.Wan[0])[^1];
        rig.Wan[0].Feed(Frames.Udp(Frames.Server, Frames.ServerPort, Frames.Src(sent), Frames.SrcPort(sent)));
        rig.Settle();
    }

    private static void OpenHairpin(PlaneRig rig)
    {
        rig.Lan[0].Feed(Frames.Udp(Alice, Port, Frames.Public, ForwardPort));
        rig.Settle();
        byte[] sent = Assert.Single(PlaneRig.Sent(rig.Lan[0]));
        rig.Lan[0].Feed(Frames.Udp(Server, 80, Frames.Src(sent), Frames.SrcPort(sent)));
        rig.Settle();
    }

    // In steps, as workers see time.
    private static void Elapse(PlaneRig rig, int ms)
    {
        for (int i = 0; i < 10; i++)
        {
            rig.Time.Advance(TimeSpan.FromMilliseconds(ms / 10.0));
            rig.Settle();
        }
    }
}
