using Natflow.Host.Lab;
using Natflow.Host.Lab.Cluster;
using Natflow.Lab.Topology;
using Natflow.Management.Api.Models;
using Xunit.Abstractions;

namespace Natflow.Lab.Cluster;

/// <summary>etcd's members die, links are cut in one direction or slow, processes hang, clocks differ: no two gateways ever forward one shard at a time. NATFLOW_LONG=1 lets faults last a minute.</summary>
public sealed class PartitionTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Fault = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("NATFLOW_LONG") == "1" ? 60 : 4);

    [LabFact("etcd")]
    public async Task EtcdLeaderKilled_OwnersGoOn_NeverTwo()
    {
        await using ClusterRig rig = await ClusterRig.Up(2);
        long[] before = Tokens(await rig.Map(1));
        int leader = rig.Lab.EtcdLeader();

        rig.Lab.KillEtcd(leader);

        await ClusterRig.Wait(Fault);
        await rig.Forwards();
        rig.Lab.StartEtcd(leader);
        await rig.Stands();
        Report(rig);
        Assert.Equal(before, Tokens(await rig.Map(1))); // Each kept its lease: nobody took anything from anybody.
    }

    [LabFact("etcd")]
    public async Task EtcdQuorumLost_ForwardingStopsWithTheLeasesAndComesBack_NeverTwo()
    {
        await using ClusterRig rig = await ClusterRig.Up(2);
        int[] members = [1, 2];
        foreach (int member in members)
            rig.Lab.KillEtcd(member);
        await ClusterRig.Wait(Fault);
        long silent = TimeProvider.System.GetTimestamp();
        await ClusterRig.Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(0, rig.Frames.SubscribersSince(silent)); // No lease can be kept: nobody is sure to be the owner.

        foreach (int member in members)
            rig.Lab.StartEtcd(member);

        await rig.Stands();
        await rig.Forwards();
        Report(rig);
    }

    [LabTheory("etcd", "nft")]
    [InlineData("input")]
    [LongInlineData("output")]
    public async Task OneWayPartition_TheOtherTakesOver_NeverTwo(string direction)
    {
        await using ClusterRig rig = await ClusterRig.Up(2);
        int owner = await rig.Owner();
        int other = 3 - owner;
        string link = ClusterLabPlan.ControlInterface;
        rig.Run(owner, "nft add table inet cut");
        rig.Run(owner, $"nft add chain inet cut c {{ type filter hook {direction} priority 0 ; }}");
        rig.Run(owner, $"nft add rule inet cut c {(direction == "output" ? "oifname" : "iifname")} {link} drop");

        await Taken(rig, owner, other);
        rig.IsAnsweredBy(other);
        await ClusterRig.Wait(Fault);
        await rig.Forwards();
        rig.IsAnsweredBy(other);
        rig.Run(owner, "nft delete table inet cut");

        await rig.Stands();
        await rig.Forwards();
        Report(rig);
    }

    // What the owner sends arrives, later and later: its keep-alives too, and answers to questions that nobody waits for any more.
    [LabFact("etcd", "tc")]
    public async Task OwnersWordsComeLate_TheOtherTakesOver_NeverTwo()
    {
        await using ClusterRig rig = await ClusterRig.Up(2);
        int owner = await rig.Owner();
        rig.Run(owner, $"tc qdisc add dev {ClusterLabPlan.ControlInterface} root tbf rate 8kbit burst 1540 limit 1000000");

        await Taken(rig, owner, 3 - owner);
        await ClusterRig.Wait(Fault);
        await rig.Forwards();
        rig.Run(owner, $"tc qdisc del dev {ClusterLabPlan.ControlInterface} root");

        await rig.Stands();
        await rig.Forwards();
        Report(rig);
    }

    [LabTheory("etcd")]
    [LongInlineData(LabMode.AfPacket)]
    [InlineData(LabMode.AfXdp)]
    public async Task OwnerStoppedAndContinued_WhatItHadQueuedIsNotForwarded_NeverTwo(LabMode mode)
    {
        await using ClusterRig rig = await ClusterRig.Up(2, options => options with { Mode = mode });
        int owner = await rig.Owner();
        rig.Lab.PauseNode(owner);
        await Taken(rig, owner, 3 - owner);
        await ClusterRig.Wait(Fault);
        rig.Lab.ResumeNode(owner);
        await rig.Stands();
        await rig.Forwards();
        Report(rig);
    }

    [LabFact("etcd", "ethtool")]
    public async Task OwnerStopped_TheSoftPpeForwardsUntilTheLeaseEndsAndNotLonger()
    {
        await using ClusterRig rig = await ClusterRig.Up(2, static options => options with { Mode = LabMode.AfXdp, ExtraConfig = "natflow.offload.engine = xdp\n" });
        rig.LetPeersPoll();
        int owner = await rig.Owner();
        await Until.Holds("flows in the soft PPE", () => rig.Control(owner).Get("/v1/flows?port=7400&offload=offloaded", CancellationToken.None).GetAwaiter().GetResult() is { } text && text.Contains("7400", StringComparison.Ordinal));

        rig.Lab.PauseNode(owner);
        long paused = TimeProvider.System.GetTimestamp();
        await Taken(rig, owner, 3 - owner);
        Assert.True(rig.Frames.CountOf(owner, paused) > 0, "while the process hung, the kernel forwarded for it");
        long taken = TimeProvider.System.GetTimestamp();
        await ClusterRig.Wait(Fault);

        Assert.Equal(0, rig.Frames.CountOf(owner, taken)); // Its deadline lies in the map: nobody had to tell it.
        rig.Lab.ResumeNode(owner);
        await rig.Stands();
        Report(rig);
    }

    [LabFact("etcd", "unshare")]
    public async Task ClocksThirtySecondsApart_OwnerCutOff_NeverTwo()
    {
        await using ClusterRig rig = await ClusterRig.Up(2, static options => options with { Mode = LabMode.AfPacket, ClockAheadSeconds = 30 });
        int owner = await rig.Owner();
        rig.Lab.CutNode(owner);
        await Taken(rig, owner, 3 - owner);
        await ClusterRig.Wait(Fault);
        rig.Lab.HealNode(owner);
        await rig.Stands();
        await rig.Forwards();
        Report(rig);
    }

    private static long[] Tokens(ClusterMapModel? map) => [.. map!.Shards.Select(static shard => shard.Token)];

    // Every shard is the other's, and it forwards.
    private static async Task Taken(ClusterRig rig, int owner, int other)
    {
        string name = ClusterLabPlan.Node(other);
        await rig.Until($"{name} owns every shard", maps => maps[other - 1] is { } map && map.Shards.All(shard => shard.Owner == name));
        await rig.Forwards();
        Assert.True(rig.Frames.CountOf(owner) > 0, "the probes reached the first owner");
    }

    private void Report(ClusterRig rig)
    {
        output.WriteLine($"{rig.Frames.Count} frames, longest time without forwarding {rig.Frames.LongestGap().TotalMilliseconds:0} ms");
        string twoOwners = string.Join("; ", rig.Frames.FindTwoOwners()); // A collection's assertion would cut each line before the numbers that tell.
        Assert.True(twoOwners.Length == 0, twoOwners);
        Assert.True(rig.Frames.Count > 100, "the probes were forwarded");
    }
}
