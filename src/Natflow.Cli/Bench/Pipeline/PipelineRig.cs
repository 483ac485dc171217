using System.Buffers.Binary;
using Natflow.Actors;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Ipv6;
using Natflow.Gateway;
using Natflow.Gateway.Rx;
using Natflow.Gateway.Workers;
using Natflow.Memory;

namespace Natflow.Cli.Bench.Pipeline;

/// <summary>A whole data plane between bench queues: parse, shard dispatch, flow lookup, NAT, rewrite, transmit, on its real workers.</summary>
internal sealed class PipelineRig : IDisposable
{
    // Fewer than a handoff ring holds: a worker that is ahead runs out of chunks and waits, instead of losing frames.
    private const int ChunksPerWorker = 2048;
    private const int ChunkBytes = 2048;
    private const int OrderLengthMin = 1 << 20;

    private const int LastFramesWaits = 100;

    private readonly int _flowCount;
    private readonly bool _isIpv6;
    private readonly NatSettings _settings;
    private readonly ActorSystem _system;
    private readonly Umem _umem;
    private readonly List<ChunkPool> _pools = [];
    private readonly List<BenchQueue> _lan = [];
    private readonly List<BenchQueue> _wan = [];
    private readonly DataPlane _plane;
    private readonly uint[] _externalAddressesBe;
    private readonly ushort[] _externalPortsBe;
    private long _receivedCount;

    /// <summary>Starts a data plane.</summary>
    /// <param name="flowCount">Flows that will be opened.</param>
    /// <param name="mix">Frame lengths.</param>
    /// <param name="shardCount">Shards, each with a worker of its own.</param>
    /// <param name="isIpv6">Frames are IPv6.</param>
    internal PipelineRig(int flowCount, FrameMix mix, int shardCount, bool isIpv6 = false)
    {
        _isIpv6 = isIpv6;
        _flowCount = flowCount;
        _settings = Settings(flowCount, shardCount, isIpv6);
        _externalAddressesBe = new uint[flowCount];
        _externalPortsBe = new ushort[flowCount];
        Outbound = new BenchFrames(flowCount, mix);
        Inbound = new BenchFrames(flowCount, mix);
        for (int flow = 0; flow < flowCount; flow++)
        {
            Set(
                Outbound, flow, FlowPlan.InsideAddress(flow), FlowPlan.RemoteAddress(flow), FlowPlan.InsidePort(flow), FlowPlan.RemotePort(flow));
        }

        _umem = new Umem(ChunksPerWorker * shardCount, ChunkBytes);
        _system = ActorSystem.Create("bench", BenchSystem.Settings);
        WorkerPlan[] plans = [.. Enumerable.Range(0, shardCount).Select(PlanWorker)];
        _plane = new DataPlane(_system, _settings, plans, _umem, TimeProvider.System);
        _plane.TryPopulate();
        _plane.Start();
    }

    /// <summary>Frames from subscribers, by flow.</summary>
    internal BenchFrames Outbound { get; }

    /// <summary>Frames from servers, by flow; there once <see cref="Answer"/> has run.</summary>
    internal BenchFrames Inbound { get; }

    /// <summary>Bytes reserved for all tables, by flow.</summary>
    internal double BytesPerFlow => (double)_plane.LengthBytes / _flowCount;

    /// <summary>Opens all flows by one packet each.</summary>
    /// <returns>Flows per second.</returns>
    internal async Task<double> Open(bool learn)
    {
        foreach (BenchQueue wan in _wan)
            wan.OnTransmit = learn && !_isIpv6 ? Learn : null;
        int[] order = Shuffled(_flowCount, seed: 7);
        IReadOnlyList<BenchResult> results = await Run(_lan, queue => Begin(queue, Part(order, _lan.IndexOf(queue))));
        foreach (BenchQueue wan in _wan)
            wan.OnTransmit = null;
        return 1e9 / NanosecondsPerPacket(results);
    }

    /// <summary>Opens some flows by one packet each.</summary>
    internal Task Open(int[] flows) => Run([_lan[0]], queue => Begin(queue, flows));

    /// <summary>Taps a shard as a standby's feed does; who reads is a thread of its own.</summary>
    internal ReplicationReader Tap() => new(_plane);

    /// <summary>Answers each flow once, so that it is steady.</summary>
    internal async Task Answer()
    {
        for (int flow = 0; flow < _flowCount; flow++)
        {
            Set(
                Inbound,
                flow,
                FlowPlan.RemoteAddress(flow),
                _isIpv6 ? FlowPlan.InsideAddress(flow) : BinaryPrimitives.ReverseEndianness(_externalAddressesBe[flow]),
                FlowPlan.RemotePort(flow),
                _isIpv6 ? FlowPlan.InsidePort(flow) : BinaryPrimitives.ReverseEndianness(_externalPortsBe[flow]));
        }

        int[] order = Shuffled(_flowCount, seed: 8);
        await Run([_wan[0]], queue => queue.Begin(Inbound, order, order.Length));
    }

    /// <summary>Sends packets of random flows both ways, half and half.</summary>
    /// <param name="packetCount">Packets on each queue of each worker.</param>
    /// <param name="seed">Seed of the order.</param>
    /// <param name="steered">Each worker receives the packets of its own shard, as from a NIC that steers by subscriber; else half of them are handed over.</param>
    internal async Task<HitResult> Hit(long packetCount, int seed, bool steered)
    {
        int[] order = RandomOrder(seed);
        int[][] orders = [.. Enumerable.Range(0, _lan.Count).Select(worker => steered ? OwnFlows(order, worker) : order)];
        IReadOnlyList<BenchResult> results = await Run([.. _lan, .. _wan], queue => Begin(queue, orders, packetCount));
        long packets = results.Sum(static result => result.PacketCount);
        return new HitResult(NanosecondsPerPacket(results), (double)results.Sum(static result => result.AllocatedBytes) / packets);
    }

    private long TransmittedCount => _lan.Concat(_wan).Sum(static queue => queue.TransmittedCount);

    public void Dispose()
    {
        _plane.Stop().GetAwaiter().GetResult();
        _system.Terminate().GetAwaiter().GetResult();
        _plane.Dispose();
        foreach (ChunkPool pool in _pools)
            pool.Dispose();
        _umem.Dispose();
    }

    /// <summary>Indices 0 to count - 1 in random order.</summary>
    internal static int[] Shuffled(int count, int seed)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new SplitMix(seed).Shuffle(order);
        return order;
    }

    /// <summary>At least a million random flows, each as often as any other.</summary>
    private int[] RandomOrder(int seed)
    {
        int rounds = Math.Max(1, OrderLengthMin / _flowCount);
        int[] order = [.. Enumerable.Range(0, rounds * _flowCount).Select(index => index % _flowCount)];
        new SplitMix(seed).Shuffle(order);
        return order;
    }

    private void Set(BenchFrames frames, int flow, uint srcAddress, uint dstAddress, ushort srcPort, ushort dstPort)
    {
        if (_isIpv6)
            frames.SetIpv6(flow, srcAddress, dstAddress, srcPort, dstPort);
        else
            frames.Set(flow, srcAddress, dstAddress, srcPort, dstPort);
    }

    private static NatSettings Settings(int flowCount, int shardCount, bool isIpv6) => new()
    {
        PublicAddresses = FlowPlan.PublicAddresses(flowCount),
        LanPrefixes = [FlowPlan.LanPrefix],
        ShardCount = shardCount,
        FlowCapacity = Math.Max(1024, flowCount),
        UserCapacity = Math.Max(1024, (flowCount / FlowPlan.FlowsPerUser) + 1),
        Ipv6 = new Ipv6Settings { FlowCapacity = isIpv6 ? Math.Max(1024, flowCount) : 16, FragmentCapacity = 16 },
        Seed = 42,
    };

    private Task<BenchResult> Begin(BenchQueue queue, int[][] orders, long packetCount) => _lan.IndexOf(queue) is >= 0 and int worker
        ? queue.Begin(Outbound, orders[worker], packetCount)
        : queue.Begin(Inbound, orders[_wan.IndexOf(queue)], packetCount);

    private int[] OwnFlows(int[] order, int worker)
    {
        using var pool = new PublicPool(_settings);
        int[] own = Array.FindAll(
            order, flow => pool.ShardOfUser(BinaryPrimitives.ReverseEndianness(FlowPlan.InsideAddress(flow)), zone: 0) == worker);
        return own.Length > 0 ? own : order;
    }

    private Task<BenchResult> Begin(BenchQueue queue, int[] order) => queue.Begin(Outbound, order, order.Length);

    // Each worker's equal share, the last one's with the rest.
    private int[] Part(int[] order, int worker)
    {
        int share = order.Length / _lan.Count;
        return worker == _lan.Count - 1 ? order[(worker * share)..] : order[(worker * share)..((worker + 1) * share)];
    }

    // Queues of one worker share its time: what one spends is in the wall time of all. So the worker's pipeline time is its longest run less all wire time.
    private double NanosecondsPerPacket(IReadOnlyList<BenchResult> results)
    {
        double packetsPerTick = 0;
        int workers = _pools.Count;
        for (int worker = 0; worker < workers; worker++)
        {
            BenchResult[] own = [.. results.Where((_, index) => index % workers == worker)];
            if (own.Length == 0)
                continue;
            long ticks = own.Max(static result => result.Ticks) - own.Sum(static result => result.WireTicks);
            packetsPerTick += own.Sum(static result => result.PacketCount) / (double)ticks;
        }

        return 1e9 / (packetsPerTick * TimeProvider.System.TimestampFrequency);
    }

    private async Task<IReadOnlyList<BenchResult>> Run(IReadOnlyList<BenchQueue> queues, Func<BenchQueue, Task<BenchResult>> begin)
    {
        BenchResult[] results = await Task.WhenAll(queues.Select(begin));
        _receivedCount += results.Sum(static result => result.PacketCount);
        await CheckNothingLost();
        return results;
    }

    // A figure from a run that lost packets would be a lie. The last handed-off frames may still be in a ring for a moment.
    private async Task CheckNothingLost()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (int i = 0; i < LastFramesWaits && TransmittedCount != _receivedCount; i++)
            await timer.WaitForNextTickAsync();
        if (TransmittedCount == _receivedCount)
            return;
        string drops = string.Join(", ", (await _plane.Report()).Drops.Select(static pair => $"{pair.Key} {pair.Value}"));
        throw new InvalidOperationException($"{TransmittedCount} of {_receivedCount} packets came through; drops: {drops}");
    }

    private WorkerPlan PlanWorker(int index)
    {
        var pool = new ChunkPool(_umem, index * ChunksPerWorker, ChunksPerWorker);
        var lan = new BenchQueue(_umem, pool);
        var wan = new BenchQueue(_umem, pool);
        _pools.Add(pool);
        _lan.Add(lan);
        _wan.Add(wan);
        return new WorkerPlan(pool, [Rx(lan, Side.Lan), Rx(wan, Side.Wan)], [lan, wan], Environment.ProcessorCount > 1 ? index % Environment.ProcessorCount : null);
    }

    private static Func<RxContext, DataActor> Rx(BenchQueue queue, Side side) =>
        context => new RxActor(context.Slot, new RxSettings(side, Zone: 0, context.Hash), queue, context.Dispatch, context.Umem);

    private void Learn(ReadOnlySpan<byte> frame)
    {
        int flow = BenchFrames.FlowOf(frame);
        (_externalAddressesBe[flow], _externalPortsBe[flow]) = BenchFrames.SourceOf(frame);
    }
}
