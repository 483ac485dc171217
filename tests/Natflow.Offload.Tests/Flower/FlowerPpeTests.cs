using Natflow.Core;
using Natflow.Offload.Flower;
using Natflow.Offload.Model;
using Natflow.Offload.Tests.MediaTek;
using Natflow.Testing.Namespaces;

namespace Natflow.Offload.Tests.Flower;

/// <summary>The PPE behind tc, against a kernel that is as literal as the driver, and against this machine's, which has no flower or no driver.</summary>
public sealed class FlowerPpeTests
{
    private static readonly FlowerPort Lan = new(0, GoldenFlow.LanInterface, "lan0");
    private static readonly FlowerPort Wan = new(1, GoldenFlow.WanInterface, "wan0");

    [Fact]
    public void Bind_BothDirections_InstallsARuleEach()
    {
        using FlowerPpe ppe = Start(out FakeTc kernel);
        FoeHandle up = GoldenFlow.Bind(ppe, GoldenFlow.Out());
        FoeHandle down = GoldenFlow.Bind(ppe, GoldenFlow.In());
        Assert.Equal((2, 2, 2), (kernel.Count, ppe.CountEntries, kernel.Qdiscs));
        Assert.True(ppe.TryRead(up, out FoeEntry entry));
        Assert.Equal(GoldenFlow.Out(), entry);
        ppe.Unbind([up, down]);
        Assert.Equal(0, kernel.Count);
        ppe.Release([up, down]);
        Assert.Equal(0, ppe.CountEntries);
    }

    [Fact]
    public void ReadCounters_MovingAndStill_KeepTheTimeOfTheMove()
    {
        using FlowerPpe ppe = Start(out FakeTc kernel);
        FoeHandle handle = GoldenFlow.Bind(ppe, GoldenFlow.Out());
        kernel.Statistics = new FlowerStatistics(5_000_000_000, 5_000_000_000 * 114, IdleMs: 3000);
        Assert.Equal(new FoeCounters(5_000_000_000, 5_000_000_000 * 100, 7000), GoldenFlow.Read(ppe, handle, 7000, out bool isBound));
        Assert.True(isBound);
        Assert.Equal(7000u, GoldenFlow.Read(ppe, handle, 9000, out _).LastSeenMs);
        ppe.Unbind([handle]);
        Assert.Equal(5_000_000_000u, GoldenFlow.Read(ppe, handle, 9000, out isBound).Packets);
        Assert.False(isBound);
    }

    [Fact]
    public void ReadCounters_ChipWithoutThem_TakesTheIdleTime()
    {
        var kernel = new FakeTc { Statistics = new FlowerStatistics(0, 0, IdleMs: 3000) };
        using var ppe = new FlowerPpe(new FlowerSettings([Lan, Wan], HasCounters: false), kernel);
        ppe.SetLink(GoldenFlow.WanLink, GoldenFlow.WanPath());
        FoeHandle handle = GoldenFlow.Bind(ppe, GoldenFlow.Out());
        _ = GoldenFlow.Read(ppe, handle, 1000, out _);
        Assert.Equal(6000u, GoldenFlow.Read(ppe, handle, 9000, out _).LastSeenMs);
    }

    [Fact]
    public void ReadCounters_RuleThatSomebodyTookOut_IsNotBound()
    {
        using FlowerPpe ppe = Start(out FakeTc kernel);
        FoeHandle handle = GoldenFlow.Bind(ppe, GoldenFlow.Out());
        kernel.IsInHardware = false;
        GoldenFlow.Read(ppe, handle, 1, out bool isBound);
        Assert.False(isBound);
        kernel.Clear();
        GoldenFlow.Read(ppe, handle, 2, out isBound);
        Assert.False(isBound);
    }

    [Fact]
    public void Bind_WhatTcOrTheDriverCannotDo_HasItsResult()
    {
        using FlowerPpe ppe = Start(out FakeTc kernel);
        ppe.SetLink(3, GoldenFlow.WanPath(session: 9));
        GoldenFlow.Bind(ppe, GoldenFlow.Out() with { LinkIndex = 3 }, PpeResult.Unsupported);
        ppe.SetLink(4, GoldenFlow.WanPath([100, 200]));
        GoldenFlow.Bind(ppe, GoldenFlow.Out() with { LinkIndex = 4 }, PpeResult.Unsupported);
        Assert.Equal("RTM_NEWTFILTER lan0: EOPNOTSUPP", ppe.LastError);
        GoldenFlow.Bind(ppe, GoldenFlow.Out6() with { Kind = FoeKind.IPv6Nat }, PpeResult.Unsupported);
        GoldenFlow.Bind(ppe, GoldenFlow.Out(IpProtocol.Icmp), PpeResult.Unsupported);
        GoldenFlow.Bind(ppe, GoldenFlow.Out() with { LinkGeneration = 9 }, PpeResult.Refused);
        GoldenFlow.Bind(ppe, GoldenFlow.Out() with { IngressInterface = 9 }, PpeResult.Unsupported);
        kernel.HasFlower = false;
        GoldenFlow.Bind(ppe, GoldenFlow.Out(), PpeResult.Unsupported);
        Assert.Equal("RTM_NEWTFILTER lan0: ENOENT: TC classifier not found", ppe.LastError);
        Assert.Equal((0, 0), (kernel.Count, ppe.CountEntries));
    }

    [Fact]
    public void Bind_MoreThanTheCapacity_IsTableFull()
    {
        var kernel = new FakeTc();
        using var ppe = new FlowerPpe(new FlowerSettings([Lan, Wan], CapacityEntries: 1), kernel);
        ppe.SetLink(GoldenFlow.WanLink, GoldenFlow.WanPath());
        GoldenFlow.Bind(ppe, GoldenFlow.Out());
        GoldenFlow.Bind(ppe, GoldenFlow.Out(IpProtocol.Udp), PpeResult.TableFull);
    }

    [Fact]
    public void Probe_LiteralDriver_FindsWhatItTakes()
    {
        using FlowerPpe ppe = Start(out FakeTc kernel);
        Assert.Equal(PpeFeatures.Counters, ppe.Supports);
        Assert.True(ppe.Probe(Lan, Wan));
        Assert.Equal(PpeFeatures.Counters | PpeFeatures.TwiceNat | PpeFeatures.IPv6Route | PpeFeatures.Vlan, ppe.Supports);
        Assert.Equal(0, kernel.Count);
        kernel.HasFlower = false;
        Assert.False(ppe.Probe(Lan, Wan));
        Assert.Equal(PpeFeatures.Counters, ppe.Supports);
    }

    [Fact]
    public void Bind_RulesOfAGatewayThatWasKilled_GoFirst()
    {
        using FlowerPpe killed = Start(out FakeTc kernel);
        GoldenFlow.Bind(killed, GoldenFlow.Out());
        GoldenFlow.Bind(killed, GoldenFlow.Out6());
        using var ppe = new FlowerPpe(new FlowerSettings([Lan, Wan]), kernel);
        ppe.SetLink(GoldenFlow.WanLink, GoldenFlow.WanPath());
        GoldenFlow.Bind(ppe, GoldenFlow.Out(IpProtocol.Udp));
        Assert.Equal(1, kernel.Count);
        GoldenFlow.Bind(ppe, GoldenFlow.Out());
        Assert.Equal(2, kernel.Count);
    }

    [Fact]
    public void Dispose_BoundEntries_LeavesNoRule()
    {
        FlowerPpe ppe = Start(out FakeTc kernel);
        GoldenFlow.Bind(ppe, GoldenFlow.Out());
        GoldenFlow.Bind(ppe, GoldenFlow.In());
        ppe.Dispose();
        Assert.Equal(0, kernel.Count);
    }

    [Theory]
    [InlineData(0, PpeResult.Bound)]
    [InlineData(95, PpeResult.Unsupported)]
    [InlineData(2, PpeResult.Unsupported)]
    [InlineData(17, PpeResult.Duplicate)]
    [InlineData(12, PpeResult.TableFull)]
    [InlineData(28, PpeResult.TableFull)]
    [InlineData(22, PpeResult.Refused)]
    [InlineData(1, PpeResult.Refused)]
    public void ToResult_Errno_HasItsName(int errno, PpeResult result) => Assert.Equal(result, FlowerErrors.ToResult(errno));

    // veth takes no rules; a kernel may lack flower or the qdisc as well. In each case the answer comes, and says no.
    [NamespaceFact]
    public void Bind_KernelWithoutADriverForIt_SaysSo()
    {
        using var space = new TestNamespace("tc");
        space.Run("ip link add lan0 index 101 type veth peer name wan0 index 102");
        space.Invoke(() =>
        {
            using var ppe = new FlowerPpe(new FlowerSettings([Lan, Wan]));
            ppe.SetLink(GoldenFlow.WanLink, GoldenFlow.WanPath());
            GoldenFlow.Bind(ppe, GoldenFlow.Out(), PpeResult.Unsupported);
            Assert.Matches("^RTM_NEW(QDISC|TFILTER) lan0: (EOPNOTSUPP|ENOENT)", ppe.LastError);
            Assert.False(ppe.Probe(Lan, Wan));
        });
    }

    private static FlowerPpe Start(out FakeTc kernel)
    {
        kernel = new FakeTc();
        var ppe = new FlowerPpe(new FlowerSettings([Lan, Wan]), kernel);
        ppe.SetLink(GoldenFlow.WanLink, GoldenFlow.WanPath());
        ppe.SetLink(GoldenFlow.LanLink, GoldenFlow.LanPath());
        return ppe;
    }
}
