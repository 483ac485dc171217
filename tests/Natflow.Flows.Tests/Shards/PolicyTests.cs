using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

/// <summary>The switches: modes and limits by configuration.</summary>
public sealed class PolicyTests
{
    [Fact]
    public void TCP_04_FilteringOfTcp_IsIndependentOfUdp()
    {
        using var rig = new ShardRig(Defaults with { Filtering = FilteringMode.EndpointIndependent, TcpFiltering = FilteringMode.AddressDependent });
        (uint, ushort) udp = rig.Map((A, 5000), (X1, 80));
        (uint, ushort) tcp = rig.Map((A, 5000), (X1, 80), tcp: true);

        Assert.True(rig.FromOutside(Frames.Udp((Y, 1), udp)).IsForwarded);
        Assert.Equal(DropReason.Filtered, rig.FromOutside(Frames.Syn((Y, 1), tcp)).Reason);
        Assert.True(rig.FromOutside(Frames.Syn((X1, 1), tcp)).IsForwarded);
    }

    [Fact]
    public void UDP_07_WellKnownPorts_MayHaveAShorterTimer()
    {
        using var rig = new ShardRig(Defaults with { UdpShortPorts = [53], Timeouts = new FlowTimeouts { UdpShort = TimeSpan.FromSeconds(30) } });
        (uint, ushort) dns = rig.Map((A, 5000), (X1, 53));
        (uint, ushort) other = rig.Map((A, 5001), (X1, 5353));
        rig.Wait(TimeSpan.FromMilliseconds(29_999));
        Assert.True(rig.FromOutside(Frames.Udp((X1, 53), dns)).IsForwarded);
        rig.Wait(TimeSpan.FromMilliseconds(1_001));

        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Udp((X1, 53), dns)).Reason);
        Assert.True(rig.FromOutside(Frames.Udp((X1, 5353), other)).IsForwarded);
        Assert.Contains(new NatSettings { PublicAddresses = [E1], UdpShortPorts = [5353] }.Validate(), static error => error.Contains("well-known", StringComparison.Ordinal));
    }

    [Fact]
    public void CGN_05_RateOfNewMappings_IsLimitedPerSubscriber()
    {
        using var rig = new ShardRig(Defaults with { MappingsPerSecondMax = 200 });
        int made = Enumerable.Range(0, 1000).Count(i => rig.FromInside(Frames.Udp((A, (ushort)(2000 + i)), (X1, 53))).IsForwarded);
        Assert.Equal(200, made);
        Assert.Equal(DropReason.MappingRateExceeded, rig.FromInside(Frames.Udp((A, 4000), (X1, 53))).Reason);
        Assert.True(rig.FromInside(Frames.Udp((B, 4000), (X1, 53))).IsForwarded);
        Assert.True(rig.FromInside(Frames.Udp((A, 2000), (X2, 53))).IsForwarded);
        rig.Skip(TimeSpan.FromMilliseconds(5));
        Assert.True(rig.FromInside(Frames.Udp((A, 4000), (X1, 53))).IsForwarded);
        Assert.False(rig.FromInside(Frames.Udp((A, 4001), (X1, 53))).IsForwarded);
    }

    [Fact]
    public void CGN_06_SessionsOfOneMapping_AreCapped_BothWays()
    {
        using var rig = new ShardRig(Defaults with { FlowsPerMappingMax = 50 });
        (uint, ushort) external = default;
        for (ushort i = 0; i < 50; i++)
            external = rig.Map((A, 5000), (X1, (ushort)(100 + i)));

        Assert.Equal(DropReason.FlowQuotaExceeded, rig.FromInside(Frames.Udp((A, 5000), (X1, 9))).Reason);
        Assert.Equal(DropReason.FlowQuotaExceeded, rig.FromOutside(Frames.Udp((Y, 9), external)).Reason);
        Assert.True(rig.FromInside(Frames.Udp((A, 5001), (X1, 9))).IsForwarded);
    }

    [Fact]
    public void CGN_07_ExemptDestination_IsReachedUntranslated_BothWays()
    {
        using var rig = new ShardRig(Defaults with { ExemptDestinations = [new ExemptDestination(Prefix("198.51.100.11"), 443)] });
        RigPacket sent = rig.FromInside(Frames.Syn((A, 5000), (X2, 443)));
        Assert.Equal((Verdict.ForwardUntranslated, Side.Wan, (A, (ushort)5000), (byte)63), (sent.Verdict, sent.Egress, sent.Packet.From, sent.Packet.Ttl));
        RigPacket back = rig.FromOutside(Frames.SynAck((X2, 443), (A, 5000)));
        Assert.Equal((Verdict.ForwardUntranslated, Side.Lan, A), (back.Verdict, back.Egress, back.Packet.Destination));
        RigPacket error = rig.FromOutside(Frames.Error(Y, sent.Frame, 3, 4, rest: 1400));
        Assert.Equal((Verdict.ForwardUntranslated, A), (error.Verdict, error.Packet.Destination));

        Assert.Equal(E1, rig.FromInside(Frames.Syn((A, 5000), (X1, 443))).Packet.Source);
        Assert.Equal(E1, rig.FromInside(Frames.Syn((A, 5000), (X2, 80))).Packet.Source);
        Assert.Equal(DropReason.NoRoute, rig.FromOutside(Frames.SynAck((X1, 443), (A, 5000))).Reason);
    }

    [Fact]
    public void CGN_07_FragmentsToAnExemptDestination_FollowTheFirst()
    {
        using var rig = new ShardRig(Defaults with { ExemptDestinations = [new ExemptDestination(Prefix("198.51.100.11"), 53, IpProtocol.Udp)] });
        RigPacket[] sent = [.. Frames.Fragments(Frames.Udp((A, 5000), (X2, 53), payloadBytes: 3000), 1480, 3).Select(fragment => rig.FromInside(fragment))];

        Assert.All(sent, packet => Assert.Equal((Verdict.ForwardUntranslated, A), (packet.Verdict, packet.Packet.Source)));
        Assert.Equal(0, rig.State.Flows.Count);
    }

    [Fact]
    public void U_02_EndpointDependentClass_SharesPorts_AndLeavesOtherMappingsAlone()
    {
        using var rig = new ShardRig(Defaults with { EndpointDependentPorts = [443], PortFirst = 65_280, PortBlockSize = 64, FlowCapacity = 2048 });
        (uint, ushort)[] shared = [.. Enumerable.Range(0, 120).Select(i => rig.Map((A, 5000), (X1 + (uint)i, 443)))];
        (uint, ushort)[] other = [.. Enumerable.Range(0, 60).Select(i => rig.Map((A, (ushort)(6000 + i)), (X1, 53)))];

        Assert.True(shared.Distinct().Count() < 80, "ports are shared by destinations");
        Assert.Equal(60, other.Distinct().Count());
        Assert.Empty(shared.Intersect(other));
        Assert.Single(Enumerable.Range(0, 20).Select(i => rig.Map((A, 7000), (X1 + (uint)i, 53))).Distinct());
        for (int i = 0; i < shared.Length; i++)
            Assert.Equal((A, (ushort)5000), rig.FromOutside(Frames.Udp((X1 + (uint)i, 443), shared[i])).Packet.To);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void U_03_ExhaustedPairedAddress_RefusesOrSpills_ByOption(bool spills)
    {
        using var rig = new ShardRig(Defaults with
        {
            PublicAddresses = [E1, E2],
            PortFirst = 65_408,
            PortBlockSize = 64,
            SpillToOtherAddresses = spills,
            IcmpErrorsInside = false,
        });
        RigPacket[] sent = [.. Enumerable.Range(0, 140).Select(i => rig.FromInside(Frames.Udp((A, (ushort)(3000 + i)), (X1, 53))))];
        PortBlockEventKind[] events = [.. Events(rig).Select(static e => e.Kind)];

        Assert.Equal(spills ? 140 : 128, sent.Count(static packet => packet.IsForwarded));
        Assert.Equal(spills ? 2 : 1, sent.Where(static packet => packet.IsForwarded).Select(static packet => packet.Packet.Source).Distinct().Count());
        Assert.Equal(spills, events.Contains(PortBlockEventKind.Spilled));
    }

    [Fact]
    public void CGN_19_Blocks_GrowAndComeBack_WithAnEventForEach()
    {
        using var rig = new ShardRig(Defaults with { PortBlockSize = 64, UserIdle = TimeSpan.FromMinutes(1) });
        for (ushort port = 2000; port < 2000 + 150; port++)
            rig.Map((A, port), (X1, 53));
        PortBlockEvent[] leases = Events(rig);
        Assert.Equal(3, leases.Length);
        Assert.All(leases, lease => Assert.Equal((PortBlockEventKind.Leased, 64, rig.NowMs), (lease.Kind, lease.PortCount, lease.TimeMs)));
        rig.Wait(TimeSpan.FromMinutes(6));
        rig.Wait(TimeSpan.FromMinutes(2));
        PortBlockEvent[] releases = Events(rig);

        Assert.All(releases, release => Assert.Equal(PortBlockEventKind.Released, release.Kind));
        Assert.Equal(leases.Select(static lease => lease.FirstPort).Order(), releases.Select(static release => release.FirstPort).Order());
        Assert.Equal((3ul, 3ul, 0), (rig.State.Counters.BlocksLeased, rig.State.Counters.BlocksReleased, rig.State.Blocks.LeasedCount));
    }

    [Fact]
    public void CGN_19_Threshold_IsRaisedOnceBeforeExhaustion()
    {
        using var rig = new ShardRig(Defaults with { PortFirst = 64_256, PortBlockSize = 64, PoolThresholdPercent = 50 });
        for (uint host = 0; host < 20; host++)
            rig.Map((A + host, 5000), (X1, 53));
        PortBlockEventKind[] kinds = [.. Events(rig).Select(static e => e.Kind)];

        Assert.Equal(1, kinds.Count(static kind => kind == PortBlockEventKind.ThresholdReached));
        Assert.Equal(10, Array.IndexOf(kinds, PortBlockEventKind.ThresholdReached));
    }

    [Fact]
    public void CGN_03_AddressMayLeaveAndComeBackUnderLoad_WithoutTouchingOthers()
    {
        using var rig = new ShardRig(Defaults with { PublicAddresses = [E1, 0xC000_0207, 0xC633_64C8, E2] });
        var before = new Dictionary<uint, (uint Address, ushort Port)>();
        for (uint host = 0; host < 60; host++)
            before[A + host] = rig.Map((A + host, 5000), (X1, 53));
        rig.State.WithdrawAddress(1);
        foreach ((uint host, (uint Address, ushort Port) external) in before)
        {
            (uint Address, ushort Port) now = rig.Map((host, 5000), (X1, 53));
            Assert.Equal(external.Address != 0xC000_0207, now == external);
            Assert.NotEqual(0xC000_0207u, now.Address);
        }

        rig.State.RestoreAddress(1);
        Assert.Contains(0xC000_0207u, Enumerable.Range(100, 60).Select(host => rig.Map((A + (uint)host, 5000), (X1, 53)).Address));
    }

    [Fact]
    public void CGN_03_NewAddressUnderLoad_TakesOver_WithoutTouchingOthers()
    {
        using var rig = new ShardRig();
        (uint, ushort) before = rig.Map((A, 5000), (X1, 53));
        Assert.True(rig.Pool.TryAdd(E2));
        Assert.False(rig.Pool.TryAdd(E2));
        HashSet<uint> addresses = [.. Enumerable.Range(0, 60).Select(host => rig.Map((B + (uint)host, 5000), (X1, 53)).Address)];
        Assert.Equal(2, addresses.Count);
        Assert.Equal(before, rig.Map((A, 5000), (X1, 53)));

        rig.State.WithdrawAddress(0);
        (uint Address, ushort Port) after = rig.Map((A, 5000), (X1, 53));
        Assert.Equal(E2, after.Address);
        Assert.True(rig.FromOutside(Frames.Udp((X1, 53), after)).IsForwarded);
        Assert.Equal(1ul, rig.State.Counters.FlowsWithdrawn);
    }

    [Fact]
    public void PublicPool_NoSpareLeft_RefusesAnotherAddress()
    {
        using var rig = new ShardRig(Defaults with { PublicAddressSpares = 1 });

        Assert.True(rig.Pool.TryAdd(E2));
        Assert.False(rig.Pool.TryAdd(X1));
    }

    [Fact]
    public void UDP_17_BehaviourIsTheSameAtHighUse()
    {
        using var rig = new ShardRig(Defaults with { PortFirst = 65_280, PortBlockSize = 64, BlocksPerUserMax = 4 });
        for (ushort port = 2000; port < 2000 + 240; port++)
            rig.Map((A, port), (X1, 53));

        Assert.Single(Enumerable.Range(0, 20).Select(i => rig.Map((A, 2000), (X1 + (uint)i, 99))).Distinct());
        Assert.True(rig.FromOutside(Frames.Udp((Y, 1), rig.Map((A, 2001), (X1, 53)))).IsForwarded);
    }

    [Fact]
    public void UDP_12_PublicAddressInsideALanPrefix_IsRefusedInWords()
    {
        IReadOnlyList<string> errors = (Defaults with { PublicAddresses = [0x0A00_0101] }).Validate();

        Assert.Contains(errors, static error => error.Contains("10.0.1.1 lies in a LAN prefix", StringComparison.Ordinal));
    }

    [Fact]
    public void Validate_EveryContradiction_IsSaidInWords()
    {
        NatSettings bad = Defaults with
        {
            FlowsPerMappingMax = 0,
            MappingsPerSecondMax = -1,
            IcmpErrorsPerSecondMax = -1,
            PoolThresholdPercent = 0,
            HeldFragmentCapacity = 0,
            EndpointDependentPorts = [.. Enumerable.Range(1, 17).Select(static port => (ushort)port)],
            ExemptDestinations = [new ExemptDestination(Prefix("203.0.113.0/24"))],
        };

        Assert.Equal(7, bad.Validate().Count);
        Assert.Empty(Defaults.Validate());
    }

    private static PortBlockEvent[] Events(ShardRig rig)
    {
        var events = new List<PortBlockEvent>();
        while (rig.State.BlockLog.TryTake(out PortBlockEvent blockEvent))
            events.Add(blockEvent);
        return [.. events];
    }
}
