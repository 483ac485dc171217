using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

public sealed class LimitTests
{
    [Fact]
    public void CGN_04_PortQuota_RefusesTheNextMapping_AndOthersGoOn()
    {
        using var rig = new ShardRig(Defaults with { PortBlockSize = 64, BlocksPerUserMax = 2 });
        for (ushort port = 1024; port < 1024 + 128; port++)
            rig.Map((A, port), (X1, 53));

        Assert.Equal(DropReason.PortQuotaExceeded, rig.FromInside(Frames.Udp((A, 5000), (X1, 53))).Reason);
        Assert.True(rig.FromInside(Frames.Udp((A, 1024), (X2, 53))).IsForwarded);
        Assert.True(rig.FromInside(Frames.Udp((B, 5000), (X1, 53))).IsForwarded);
    }

    [Fact]
    public void CGN_06_FlowQuota_HoldsForOneMappingWithManyDestinations()
    {
        using var rig = new ShardRig(Defaults with { FlowsPerUserMax = 100 });
        for (ushort port = 1; port <= 100; port++)
            rig.Map((A, 5000), (X1, port));

        Assert.Equal(DropReason.FlowQuotaExceeded, rig.FromInside(Frames.Udp((A, 5000), (X1, 101))).Reason);
        Assert.True(rig.FromInside(Frames.Udp((B, 5000), (X1, 101))).IsForwarded);
        Assert.Equal(101, rig.State.Flows.Count);
    }

    [Fact]
    public void CGN_11_FullFlowTable_RefusesNewFlows_AndEveryOldOneGoesOn()
    {
        using var rig = new ShardRig(Defaults with { FlowCapacity = 64 });
        (uint, ushort)[] external = [.. Enumerable.Range(0, 64).Select(i => rig.Map((A + ((uint)i % 8), (ushort)(5000 + i)), (X1, 53)))];

        Assert.Equal(DropReason.FlowTableFull, rig.FromInside(Frames.Udp((A, 7000), (X1, 53))).Reason);
        Assert.Equal(DropReason.FlowTableFull, rig.FromOutside(Frames.Udp((Y, 53), external[0])).Reason);
        Assert.Equal(64, rig.State.Flows.Count);
        for (int i = 0; i < 64; i++)
            Assert.Equal((A + ((uint)i % 8), (ushort)(5000 + i)), rig.FromOutside(Frames.Udp((X1, 53), external[i])).Packet.To);
    }

    [Fact]
    public void FullUserTable_RefusesNewSubscribers_AndOldOnesGoOn()
    {
        using var rig = new ShardRig(Defaults with { UserCapacity = 4 });
        for (uint host = 0; host < 4; host++)
            rig.Map((A + host, 5000), (X1, 53));

        Assert.Equal(DropReason.UserTableFull, rig.FromInside(Frames.Udp((A + 4, 5000), (X1, 53))).Reason);
        Assert.True(rig.FromInside(Frames.Udp((A, 5001), (X1, 53))).IsForwarded);
    }

    [Fact]
    public void FullIndexChain_RefusesTheFlow_AndLeavesNothingBehind()
    {
        // 16 buckets and 64 more of 8 slots each hold fewer keys than a chain bound of 64 hops: no key set can fill it, so the refusal is the table's.
        using var table = new FlowTable(1, new FlowHash(1));
        Assert.Equal(0u, table.Allocate());
        for (int i = 0; i < 64 * 8; i++)
            Assert.True(table.TryIndex(0, 0), $"key {i}");
        Assert.False(table.TryIndex(0, 0));
    }

    [Fact]
    public void CGN_09_ReleasedBlock_IsNotLeasedToAnotherFor120Seconds()
    {
        using var rig = new ShardRig(Defaults with
        {
            PortFirst = 65_408,
            PortBlockSize = 64,
            UserIdle = TimeSpan.FromSeconds(1),
            Timeouts = new() { Udp = TimeSpan.FromSeconds(10) },
        });
        rig.Map((A, 5000), (X1, 53));
        rig.Map((B, 5000), (X1, 53));
        rig.Wait(TimeSpan.FromSeconds(12));
        rig.Wait(TimeSpan.FromSeconds(2));
        Assert.Equal(0, rig.State.Users.Count);
        long releasedMs = rig.NowMs;
        Assert.Equal(DropReason.PortsExhausted, rig.FromInside(Frames.Udp((A + 9, 5000), (X1, 53))).Reason);
        rig.Skip(TimeSpan.FromMilliseconds(releasedMs + 120_000 - 1 - rig.NowMs));
        Assert.Equal(DropReason.PortsExhausted, rig.FromInside(Frames.Udp((A + 9, 5000), (X1, 53))).Reason);
        rig.Skip(TimeSpan.FromMilliseconds(1));
        Assert.True(rig.FromInside(Frames.Udp((A + 9, 5000), (X1, 53))).IsForwarded);
    }

    [Fact]
    public void CGN_13_Ports_AreUsableBeforeTheFirstRefusal()
    {
        using var rig = new ShardRig(Defaults with { PortFirst = 32_768, UserCapacity = 4096, FlowCapacity = 65_536, BlocksPerUserMax = 64 });
        int taken = 0;
        for (ushort round = 0; ; round++)
        {
            for (uint host = 0; host < 64; host++)
            {
                if (!rig.FromInside(Frames.Udp((A + host, (ushort)(2000 + round)), (X1, 53))).IsForwarded)
                {
                    Assert.True(taken >= 32_768 * 0.95, $"{taken} of 32768");
                    return;
                }

                taken++;
            }
        }
    }

    [Fact]
    public void RefusedOutboundFlow_LeavesNoMappingAndNoPort()
    {
        using var rig = new ShardRig(Defaults with { FlowCapacity = 1 });
        rig.Map((A, 5000), (X1, 53));
        for (ushort port = 6000; port < 6100; port++)
            Assert.Equal(DropReason.FlowTableFull, rig.FromInside(Frames.Udp((A, port), (X1, 53))).Reason);

        Assert.Equal((1, 1), (rig.State.Mappings.Count, rig.State.Blocks.LeasedCount));
    }
}
