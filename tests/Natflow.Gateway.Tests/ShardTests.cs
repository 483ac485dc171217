using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets.Build;
using Natflow.Testing;
using Natflow.Testing.Packets;

namespace Natflow.Gateway.Tests;

/// <summary>Several workers and shards; a seed chooses traffic and the order in which workers run.</summary>
public sealed class ShardTests
{
    private const int Workers = 3;
    private const int Shards = 5;
    private const int FlowCount = 60;

    public static TheoryData<int> Seeds() => [1, 2, 3, 4, 5];

    [Theory, MemberData(nameof(Seeds))]
    public async Task Turn_FlowsOverShards_KeepTheirOrderAndComeBackToTheirSubscriber(int seed)
    {
        var prng = new Prng(seed);
        using var rig = new PlaneRig(Workers, Shards);
        int[] lastSeen = new int[FlowCount];
        for (int number = 1; number <= 3000; number++)
        {
            int flow = prng.Next(FlowCount);
            rig.Lan[flow % Workers].Feed(Outbound(flow, (number * FlowCount) + flow));
            if (prng.Next(4) == 0)
                rig.Turn(prng.Next(Workers));
        }

        rig.Settle();
        var external = new (uint Address, ushort Port)[FlowCount];
        foreach (byte[] frame in rig.Wan.SelectMany(PlaneRig.Sent))
        {
            int flow = Frames.NumberOf(frame) % FlowCount;
            Assert.True(Frames.NumberOf(frame) > lastSeen[flow], $"seed {seed}: flow {flow} out of order");
            lastSeen[flow] = Frames.NumberOf(frame);
            external[flow] = (Frames.Src(frame), Frames.SrcPort(frame));
        }

        Assert.DoesNotContain(external, static endpoint => endpoint.Address == 0);
        Assert.Equal(3000UL, (await rig.Report()).Counters.TranslatedOut);
        await CheckAnswers(rig, prng, external, seed);
        rig.CheckChunks();
        Assert.True(Enumerable.Range(0, Shards).All(shard => rig.State(shard).Counters.FlowsOpened != 0), "every shard has its share");
    }

    [Theory, MemberData(nameof(Seeds))]
    public async Task Turn_AnyTraffic_EachFrameHasOneFateAndEachChunkReturns(int seed)
    {
        const int FrameCount = 8000;
        var prng = new Prng(seed);
        using var rig = new PlaneRig(Workers, Shards, static settings => settings with { FlowCapacity = 64, UserCapacity = 512, FragmentCapacity = 64 });
        foreach (var port in rig.Wan)
            port.TransmitMax = 200;
        for (int i = 0; i < FrameCount; i++)
        {
            byte[] frame = prng.Next(3) == 0 ? Hairpin(prng) : Mangled(prng, prng.NextFrame(prng.Next(RandomFrames.ShapeCount)));
            (prng.Next(3) == 0 ? rig.Wan : rig.Lan)[prng.Next(Workers)].Feed(frame);
            if (prng.Next(50) == 0)
                rig.Turn(prng.Next(Workers));
            if (prng.Next(1000) == 0)
                rig.Time.Advance(TimeSpan.FromSeconds(prng.Next(400)));
        }

        // Fragments that wait for the first of their datagram are given up, and counted, in time.
        rig.Settle();
        rig.Time.Advance(TimeSpan.FromSeconds(3));
        rig.Settle();
        DataPlaneReport report = await rig.Report();

        rig.CheckChunks();
        ulong sent = rig.Lan.Concat(rig.Wan).Aggregate(0UL, static (sum, port) => sum + port.SentCount);
        ulong dropped = report.Drops.Values.Aggregate(0UL, static (sum, count) => sum + count);
        Assert.Equal((ulong)FrameCount, sent + dropped + report.Counters.PassedToHost);
        Assert.True(report.Counters.Hairpinned != 0 && report.Drops.ContainsKey(DropReason.FlowTableFull) && sent != 0, $"seed {seed} reached too little");
    }

    [Fact]
    public void Turn_CallBetweenSubscribers_TurnsRoundAlsoAcrossShards()
    {
        using var rig = new PlaneRig(Workers, Shards);
        var external = new (uint Address, ushort Port)[FlowCount];
        for (int flow = 0; flow < FlowCount; flow++)
            rig.Lan[flow % Workers].Feed(Outbound(flow, flow));
        rig.Settle();
        foreach (byte[] frame in rig.Wan.SelectMany(PlaneRig.Sent))
            external[Frames.NumberOf(frame)] = (Frames.Src(frame), Frames.SrcPort(frame));

        int acrossShards = 0;
        for (int caller = 0; caller < FlowCount; caller++)
        {
            int callee = (caller + 7) % FlowCount;
            acrossShards += ShardOf(rig, caller) != ShardOf(rig, callee) ? 1 : 0;
            rig.Lan[caller % Workers].Feed(Frames.Udp(
                Frames.Subscriber(caller), 5000, external[callee].Address, external[callee].Port, caller));
            rig.Settle();

            byte[] heard = Assert.Single(rig.Lan.SelectMany(PlaneRig.Sent));
            Assert.Equal(
                Frames.Udp(external[caller].Address, external[caller].Port, Frames.Subscriber(callee), 5000, caller, Frames.Ttl - 1), heard);
        }

        Assert.InRange(acrossShards, 1, FlowCount - 1);
        Assert.Empty(rig.Wan.SelectMany(PlaneRig.Sent));
        rig.CheckChunks();
    }

    [Fact]
    public void Turn_ErrorsAboutTranslatedPackets_ReachTheirSubscriberOnWhicheverWorkerTheyCome()
    {
        using var rig = new PlaneRig(Workers, Shards);
        for (int flow = 0; flow < FlowCount; flow++)
            rig.Lan[flow % Workers].Feed(Outbound(flow, flow));
        rig.Settle();
        List<byte[]> translated = [.. rig.Wan.SelectMany(PlaneRig.Sent)];
        Assert.Equal(FlowCount, translated.Count);
        for (int i = 0; i < translated.Count; i++)
        {
            byte[] quoted = translated[i];
            rig.Wan[i % Workers].Feed(PacketBuilder.Ethernet().Ipv4(0xC0000201, Frames.Src(quoted)).Icmp(3, 1, 0).Payload(quoted.AsSpan(14, 28)).ToArray());
            rig.Settle();

            byte[] error = Assert.Single(rig.Lan.SelectMany(PlaneRig.Sent));
            int flow = Frames.NumberOf(quoted);
            Assert.Null(FrameChecker.FindFault(error));
            Assert.Equal(Frames.Subscriber(flow), Frames.Dst(error));
            byte[] inner = [.. new byte[14], .. error.AsSpan(42)];
            Assert.Equal((Frames.Subscriber(flow), (ushort)5000), (Frames.Src(inner), Frames.SrcPort(inner)));
            Assert.Equal((Frames.Server, Frames.ServerPort), (Frames.Dst(inner), Frames.DstPort(inner)));
        }

        rig.CheckChunks();
    }

    [Fact]
    public async Task Turn_FragmentsFromOutside_FollowTheirFirstFragment()
    {
        using var rig = new PlaneRig(Workers, Shards);
        for (int flow = 0; flow < FlowCount; flow++)
            rig.Lan[flow % Workers].Feed(Outbound(flow, flow));
        rig.Settle();
        foreach (byte[] sent in rig.Wan.SelectMany(PlaneRig.Sent))
        {
            int flow = Frames.NumberOf(sent);
            int worker = flow % Workers;
            ushort id = (ushort)(100 + flow);
            rig.Wan[worker].Feed(PacketBuilder.Ethernet().Ipv4(Frames.Server, Frames.Src(sent), identification: id, moreFragments: true)
                .Udp(Frames.ServerPort, Frames.SrcPort(sent)).Payload(new byte[16]).ToArray());
            rig.Wan[worker].Feed(PacketBuilder.Ethernet().Ipv4(Frames.Server, Frames.Src(sent), identification: id, fragmentOffsetBytes: 24)
                .Protocol(IpProtocol.Udp).Payload(new byte[10]).ToArray());
            rig.Settle();

            List<byte[]> heard = [.. rig.Lan.SelectMany(PlaneRig.Sent)];
            Assert.Equal(2, heard.Count);
            Assert.All(heard, frame => Assert.Equal(Frames.Subscriber(flow), Frames.Dst(frame)));
            Assert.Equal(5000, Frames.DstPort(heard[0]));
        }

        rig.Wan[0].Feed(PacketBuilder.Ethernet().Ipv4(Frames.Server, Frames.Public, identification: 9999, fragmentOffsetBytes: 24)
            .Protocol(IpProtocol.Udp).Payload(new byte[10]).ToArray());
        rig.Settle();
        rig.Time.Advance(TimeSpan.FromMilliseconds(1_999));
        Assert.False((await rig.Report()).Drops.ContainsKey(DropReason.FragmentUnknown));
        rig.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1UL, (await rig.Report()).Drops[DropReason.FragmentUnknown]);
        rig.CheckChunks();
    }

    [Fact]
    public async Task Start_RealThreads_EveryFrameComesThroughInOrder()
    {
        const int FrameCount = 20_000;
        const int AsksMax = 200_000;
        using var rig = new PlaneRig(workers: 2, shards: 2, chunksPerWorker: 512);
        rig.Plane.Start();
        for (int number = 1; number <= FrameCount; number++)
        {
            int flow = number % FlowCount;
            rig.Lan[flow % 2].Feed(Outbound(flow, number));
        }

        DataPlaneReport report = await rig.Plane.Report();
        for (int ask = 0; ask < AsksMax && report.Counters.TranslatedOut != FrameCount; ask++)
            report = await rig.Plane.Report();
        await rig.Plane.Stop();

        Assert.Equal((ulong)FrameCount, report.Counters.TranslatedOut);
        Assert.Empty(report.Drops);
        Assert.Equal(FrameCount, (int)rig.Wan.Aggregate(0UL, static (sum, port) => sum + port.SentCount));
        foreach (var flow in rig.Wan.SelectMany(PlaneRig.Sent).Select(Frames.NumberOf).GroupBy(static number => number % FlowCount))
            Assert.Equal(flow.Order(), flow);
    }

    private static byte[] Outbound(int flow, int number) =>
        Frames.Udp(Frames.Subscriber(flow), 5000, Frames.Server, Frames.ServerPort, number);

    private static int ShardOf(PlaneRig rig, int subscriber) =>
        rig.Pool.ShardOfUser(BinaryPrimitives.ReverseEndianness(Frames.Subscriber(subscriber)), zone: 0);

    // A flow's answers come by one worker, as a NIC that spreads by 5-tuple gives them; it need not be that of the requests.
    private static async Task CheckAnswers(PlaneRig rig, Prng prng, (uint Address, ushort Port)[] external, int seed)
    {
        for (int number = 1; number <= 2000; number++)
        {
            int flow = prng.Next(FlowCount);
            rig.Wan[(flow + 1) % Workers].Feed(Frames.Udp(
                Frames.Server, Frames.ServerPort, external[flow].Address, external[flow].Port, (number * FlowCount) + flow));
            if (prng.Next(4) == 0)
                rig.Turn(prng.Next(Workers));
        }

        Assert.Empty((await rig.Report()).Drops);
        int[] lastSeen = new int[FlowCount];
        foreach (byte[] frame in rig.Lan.SelectMany(PlaneRig.Sent))
        {
            int number = Frames.NumberOf(frame);
            int flow = number % FlowCount;
            Assert.True(number > lastSeen[flow], $"seed {seed}: answers of flow {flow} out of order");
            lastSeen[flow] = number;
            Assert.Equal(Frames.Udp(Frames.Server, Frames.ServerPort, Frames.Subscriber(flow), 5000, number, Frames.Ttl - 1), frame);
        }
    }

    private static byte[] Hairpin(Prng prng) => Frames.Udp(
        Frames.Subscriber(prng.Next(30)), (ushort)(5000 + prng.Next(4)), Frames.Public + (uint)prng.Next(2), (ushort)(1024 + prng.Next(2048)));

    private static byte[] Mangled(Prng prng, byte[] frame)
    {
        if (prng.Next(5) == 0)
            return frame[..prng.Next(frame.Length + 1)];
        // Half of the sources are subscribers.
        int ip = FrameChecker.IpOffset(frame);
        if (ip >= 0 && frame[ip] >> 4 == 4 && prng.Next(2) == 0)
            frame[ip + 12] = 10;
        return frame;
    }
}
