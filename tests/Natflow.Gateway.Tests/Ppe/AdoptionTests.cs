using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Offers;
using Natflow.Flows.Users;
using Natflow.Gateway.Ppe;
using Natflow.Offload.Model;
using Natflow.Testing.Offload;

namespace Natflow.Gateway.Tests.Ppe;

/// <summary>A data plane over the entries of one that ended without a word.</summary>
public sealed class AdoptionTests : IDisposable
{
    private const int UserCapacity = 1024;
    private const int Shards = 2;
    private const ushort ForwardPort = 9000;

    private readonly PolicyTable _policies = new(PolicyTable.UserBase + (UserCapacity * Shards));
    private readonly MemoryPpe _ppe;

    public AdoptionTests() => _ppe = new MemoryPpe(capacityEntries: 256, _policies);

    public void Dispose() => _policies.Dispose();

    [Fact]
    public void Adopt_FlowsOfManyUsers_ForwardOnWithTheirPortsAndCounters()
    {
        var externals = new Dictionary<uint, (uint, ushort)>();
        using (PlaneRig first = Rig())
        {
            for (int i = 0; i < 20; i++)
                externals[Frames.Subscriber(i)] = Open(first, Frames.Subscriber(i), 5000);
            Assert.True(_ppe.TryPlay(static entry => IsOf(entry, Frames.Subscriber(3)), packets: 50, bytes: 100, NowMs(first)));
            Elapse(first, 1100);
            _ppe.Outlive();
        }

        Assert.Equal(40, _ppe.Forwarding.Count);
        using PlaneRig second = Rig();
        Assert.Equal(new AdoptionReport(20, 0), second.Plane.Adopt());
        Assert.Equal(40, _ppe.Forwarding.Count); // Users stand where their policies are: nothing is void.
        Assert.True(_ppe.TryPlay(static entry => IsOf(entry, Frames.Subscriber(3)), packets: 5, bytes: 100, NowMs(second)));

        for (int second10 = 0; second10 < 3; second10++)
            Elapse(second, 1000);
        for (int i = 0; i < 20; i++)
            Assert.Equal(externals[Frames.Subscriber(i)], Open(second, Frames.Subscriber(i), 5000));
        Elapse(second, 1100);

        Assert.Equal(40, _ppe.Forwarding.Count);
        Assert.Equal(40, _ppe.CountEntries);
        Assert.All(_ppe.Forwarding, entry => Assert.True(_ppe.Links[entry.LinkIndex].Generation == entry.LinkGeneration));
        ulong packets = Enumerable.Range(0, Shards).Max(shard => Enumerable.Range(0, (int)second.State(shard).Flows.UsedIndexEnd)
            .Max(flow => (ulong)second.State(shard).Flows.Flow((uint)flow).PacketsOutLow));
        Assert.Equal(56UL, packets); // 50 of the first gateway, 5 while none was there, one since.
    }

    [Fact]
    public void Adopt_HairpinnedFlows_KeepTheirPorts()
    {
        (uint, ushort) external;
        using (PlaneRig first = Rig())
        {
            external = Hairpin(first);
            _ppe.Outlive();
        }

        Assert.Equal(2, _ppe.Forwarding.Count);
        using PlaneRig second = Rig();
        Assert.Equal(new AdoptionReport(2, 0), second.Plane.Adopt());
        Assert.Equal(external, Hairpin(second));
        Elapse(second, 1100);
        Assert.Equal(2, _ppe.Forwarding.Count);
        Assert.Equal(2, _ppe.CountEntries);
    }

    [Fact]
    public void Adopt_EntriesOfAnotherConfiguration_AreTakenOut()
    {
        using (PlaneRig first = Rig())
        {
            _ = Open(first, Frames.Subscriber(1), 5000);
            _ppe.Outlive();
        }

        using PlaneRig second = Rig(static settings => settings with { PublicAddresses = [Frames.Public + 9] });
        Assert.Equal(new AdoptionReport(0, 1), second.Plane.Adopt());
        Assert.Equal(0, _ppe.CountEntries);
        Assert.Equal(0, second.State(0).Flows.Count + second.State(1).Flows.Count);
    }

    [Fact]
    public void Adopt_HalfAFlow_IsTakenOut()
    {
        using (PlaneRig first = Rig())
        {
            _ = Open(first, Frames.Subscriber(1), 5000);
            _ppe.Outlive();
            FoeHandle one = _ppe.NextHandle(FoeHandle.None);
            _ppe.Unbind([one]);
            _ppe.Release([one]);
        }

        using PlaneRig second = Rig();
        _ = second.Plane.Adopt();
        Assert.Equal(0, _ppe.CountEntries);
        Assert.Equal(0, second.State(0).Offload!.CountOf(OffloadReason.Offloaded) + second.State(1).Offload!.CountOf(OffloadReason.Offloaded));
    }

    [Fact]
    public void Adopt_OtherRates_VoidsEntriesUntilTheyAreBoundUnderThem()
    {
        using (PlaneRig first = Rig())
        {
            _ = Open(first, Frames.Subscriber(1), 5000);
            _ppe.Outlive();
        }

        using PlaneRig second = Rig(static settings => settings with { UserLimits = new PolicyLimits(8_000_000, 0, TimeSpan.FromSeconds(1)) });
        Assert.Equal(new AdoptionReport(1, 0), second.Plane.Adopt());
        Assert.Empty(_ppe.Forwarding);
        _ = Open(second, Frames.Subscriber(1), 5000);
        Elapse(second, 2000);
        Assert.Equal(2, _ppe.Forwarding.Count);
        Assert.All(_ppe.Forwarding, entry => Assert.True((_policies[entry.PolicyIndex].Flags & PolicyFlags.MeterUp) != PolicyFlags.None));
    }

    private PlaneRig Rig(Func<NatSettings, NatSettings>? change = null) => new(
        shards: Shards,
        change: settings => (change ?? (static same => same))(settings with { PortForwards = change is null ? [new PortForward(IpProtocol.Udp, Frames.Public, ForwardPort, Frames.Subscriber(9), 80)] : [] }),
        offload: new OffloadPlan(_ppe, _policies));

    private static long NowMs(PlaneRig rig) => Gateway.Workers.Worker.NowMs(rig.Time);

    private static bool IsOf(FoeEntry entry, uint host) => entry.Side == Side.Lan && (uint)entry.SrcAddr.ToUInt128() == host;

    // Its external end.
    private static (uint Address, ushort Port) Open(PlaneRig rig, uint host, ushort port)
    {
        rig.Lan[0].Feed(Frames.Udp(host, port, Frames.Server, Frames.ServerPort));
        rig.Settle();
        byte[] sent = Assert.Single(PlaneRig.Sent(rig.Wan[0]));
        rig.Wan[0].Feed(Frames.Udp(Frames.Server, Frames.ServerPort, Frames.Src(sent), Frames.SrcPort(sent)));
        rig.Settle();
        Assert.Single(PlaneRig.Sent(rig.Lan[0]));
        return (Frames.Src(sent), Frames.SrcPort(sent));
    }

    private static (uint Address, ushort Port) Hairpin(PlaneRig rig)
    {
        rig.Lan[0].Feed(Frames.Udp(Frames.Subscriber(1), 5000, Frames.Public, ForwardPort));
        rig.Settle();
        byte[] sent = Assert.Single(PlaneRig.Sent(rig.Lan[0]));
        Assert.Equal(Frames.Subscriber(9), Frames.Dst(sent));
        rig.Lan[0].Feed(Frames.Udp(Frames.Subscriber(9), 80, Frames.Src(sent), Frames.SrcPort(sent)));
        rig.Settle();
        byte[] answer = Assert.Single(PlaneRig.Sent(rig.Lan[0]));
        Assert.Equal((Frames.Public, ForwardPort, Frames.Subscriber(1), (ushort)5000), (Frames.Src(answer), Frames.SrcPort(answer), Frames.Dst(answer), Frames.DstPort(answer)));
        return (Frames.Src(sent), Frames.SrcPort(sent));
    }

    private static void Elapse(PlaneRig rig, int ms)
    {
        for (int i = 0; i < 10; i++)
        {
            rig.Time.Advance(TimeSpan.FromMilliseconds(ms / 10.0));
            rig.Settle();
        }
    }
}
