using BenchmarkDotNet.Attributes;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Shards;

namespace Natflow.Benchmarks;

/// <summary>A shard between parser and emitter; the mean is per frame.</summary>
public class FlowShardBenchmarks : IDisposable
{
    // Longer than the idle time of UDP and the hold of a port block.
    private const long PauseMs = 600_000;

    private readonly Verdict[] _verdicts = new Verdict[FrameDescriptor.BurstMax];
    private FrameBatch _batch = null!;
    private PublicPool _pool = null!;
    private FlowShard _shard = null!;
    private long _nowMs = 1_000;

    /// <summary>Makes the shard.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var settings = new NatSettings { PublicAddresses = [0xCB007101], FlowCapacity = 4096, UserCapacity = 1024, Seed = 7 };
        _batch = new FrameBatch();
        _pool = new PublicPool(settings);
        _shard = new FlowShard(new ShardState(settings, _pool, _nowMs), _batch.Umem);
    }

    /// <summary>A burst of new flows of as many subscribers, each with a port; those of the call before have expired and are ended too.</summary>
    [Benchmark(OperationsPerInvoke = FrameDescriptor.BurstMax)]
    public Verdict OpenAndExpire()
    {
        _nowMs += PauseMs;
        while (_shard.State.Advance(_nowMs))
        {
            // Each call ends a bounded number.
        }

        return Process();
    }

    /// <summary>Packets of flows that are there, looked up, counted and rewritten. The source is the subscriber's again afterwards.</summary>
    [Benchmark(OperationsPerInvoke = FrameDescriptor.BurstMax)]
    public Verdict Hit() => Process();

    /// <summary>Frees the shard.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _shard.Dispose();
        _pool.Dispose();
        _batch.Dispose();
        GC.SuppressFinalize(this);
    }

    private Verdict Process()
    {
        _batch.Restore();
        _batch.Parse();
        _shard.Process(_batch.Frames, _verdicts, _nowMs);
        return _verdicts[^1];
    }
}
