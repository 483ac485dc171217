using System.Runtime.CompilerServices;
using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;

namespace Natflow.Flows.Tests;

public sealed class LayoutTests
{
    private const int FlowCount = 1 << 20;
    private const double BytesPerFlowMax = 192;

    [Fact]
    public void Records_HaveTheirStatedSizes()
    {
        Assert.Equal(64, Unsafe.SizeOf<FlowRecord>());
        Assert.Equal(32, Unsafe.SizeOf<FlowColdRecord>());
        Assert.Equal(64, Unsafe.SizeOf<FlowBucket>());
        Assert.Equal(32, Unsafe.SizeOf<MappingRecord>());
    }

    [Fact]
    public void FlowRecord_HoldsBothKeysAsMatchesReadsThem()
    {
        var flow = new FlowRecord
        {
            InsideAddrBe = 1,
            RemoteAddrBe = 2,
            ExternalAddrBe = 3,
            InsidePortBe = 4,
            RemotePortBe = 5,
            ExternalPortBe = 6,
            Zone = 7,
            Protocol = 17,
        };
        var outKey = new FlowKey(1, 2, 4, 5, 7, 17, Side.Lan);
        var inKey = new FlowKey(2, 3, 5, 6, 0, 17, Side.Wan);

        Assert.Equal((outKey, inKey), (flow.OutKey(), flow.InKey()));
        Assert.True(FlowRecord.Matches(in flow, in outKey, 0));
        Assert.True(FlowRecord.Matches(in flow, in inKey, 1));
        foreach (FlowKey other in new[]
                 {
                     outKey with { SrcAddrBe = 9 }, outKey with { DstAddrBe = 9 }, outKey with { SrcPortBe = 9 },
                     outKey with { DstPortBe = 9 }, outKey with { Zone = 9 }, outKey with { Protocol = 6 },
                 })
        {
            Assert.False(FlowRecord.Matches(in flow, in other, 0), other.ToString());
        }
    }

    [Fact]
    public void ShardState_AMillionFlows_TakeAtMost192BytesEach()
    {
        NatSettings settings = Testing.Flows.ShardRig.Defaults with
        {
            PublicAddresses = [.. Enumerable.Range(0, 32).Select(static i => 0xCB00_7100u + (uint)i)],
            FlowCapacity = FlowCount,
            UserCapacity = FlowCount / 16,
            Ipv6 = new Ipv6Settings { FlowCapacity = 1 }, // Its flows have a table of their own.
        };
        using var pool = new PublicPool(settings);
        using var state = new ShardState(settings, pool, nowMs: 0);

        Assert.InRange((double)state.LengthBytes / FlowCount, 1, BytesPerFlowMax);
    }

    [Fact]
    public void UserRecord_KeepsItsStatedSize() => Assert.Equal(UserRecord.SizeBytes, Unsafe.SizeOf<UserRecord>());
}
