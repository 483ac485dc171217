using Natflow.Core;
using Natflow.Flows;

namespace Natflow.Gateway.Tests;

/// <summary>Other rules reach every shard, or none.</summary>
public sealed class RulesTests
{
    private const uint Alice = 0x0A00_0007;
    private const ushort ForwardedPort = 8080;
    private const int Shards = 5;

    [Fact]
    public async Task Apply_PortForward_ReachesItsSubscriberInWhicheverShard()
    {
        using var rig = new PlaneRig(workers: 2, shards: Shards);
        for (uint host = 0; host < 20; host++)
        {
            PortForward[] forwards = [new PortForward(IpProtocol.Udp, Frames.Public, ForwardedPort, Alice + host, 53)];
            Assert.Empty(await Apply(rig, forwards));

            rig.Wan[host % 2].Feed(Frames.Udp(Frames.Server, Frames.ServerPort, Frames.Public, ForwardedPort, (int)host));
            rig.Settle();

            byte[] got = Assert.Single(rig.Lan.SelectMany(PlaneRig.Sent));
            Assert.Equal((int)host, Frames.NumberOf(got));
            rig.Time.Advance(TimeSpan.FromMinutes(6));
            rig.Settle();
        }

        rig.CheckChunks();
    }

    [Fact]
    public async Task Apply_PortThatASubscriberUses_IsRefusedAndNothingChanges()
    {
        using var rig = new PlaneRig(workers: 2, shards: Shards);
        rig.Lan[0].Feed(Frames.Udp(Alice, 5000, Frames.Server, Frames.ServerPort, 1));
        rig.Settle();
        byte[] sent = Assert.Single(rig.Wan.SelectMany(PlaneRig.Sent));
        var free = new PortForward(IpProtocol.Udp, Frames.Public, ForwardedPort, Alice, 53);
        var taken = new PortForward(IpProtocol.Udp, Frames.Src(sent), Frames.SrcPort(sent), Alice + 1, 53);
        NatSettings[] before = [.. Enumerable.Range(0, Shards).Select(shard => rig.State(shard).Settings)];

        Assert.Equal([taken], await Apply(rig, [free, taken]));

        Assert.Equal(before, Enumerable.Range(0, Shards).Select(shard => rig.State(shard).Settings));
        rig.Wan[0].Feed(Frames.Udp(Frames.Server, Frames.ServerPort, Frames.Public, ForwardedPort, 2));
        rig.Settle();
        Assert.Empty(rig.Lan.SelectMany(PlaneRig.Sent));
        Assert.Empty(await Apply(rig, [free]));
        rig.CheckChunks();
    }

    [Fact]
    public async Task BeginPcpEpoch_EveryShard_BeginsItsOwn()
    {
        using var rig = new PlaneRig(shards: Shards, change: static settings => settings with { Pcp = new() });
        rig.Time.Advance(TimeSpan.FromSeconds(100));
        rig.Settle();
        Task begun = rig.Plane.BeginPcpEpoch();
        rig.Settle();
        await begun;
        rig.Time.Advance(TimeSpan.FromSeconds(7));

        for (uint host = 0; host < 20; host++)
        {
            rig.Settle();
            uint clientBe = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(Alice + host);
            Task<byte[]> answer = rig.Plane.AskPcp([0, 0], clientBe, zone: 0); // NAT-PMP: what is the public address?
            rig.Settle();
            Assert.Equal([0, 0, 0, 7], (await answer)[4..8]);
        }
    }

    private static async Task<IReadOnlyList<PortForward>> Apply(PlaneRig rig, PortForward[] forwards)
    {
        Task<IReadOnlyList<PortForward>> change = rig.Plane.Apply(rig.State().Settings with { PortForwards = forwards });
        while (!change.IsCompleted)
            rig.Settle();
        return await change;
    }
}
