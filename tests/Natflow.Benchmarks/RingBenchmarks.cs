using BenchmarkDotNet.Attributes;
using Natflow.Core;
using Natflow.Gateway.Rx;
using Natflow.Memory;

namespace Natflow.Benchmarks;

/// <summary>Rings within one thread: their work, without the traffic between caches. The mean is per frame.</summary>
public class RingBenchmarks : IDisposable
{
    private const int Capacity = 1024;

    private readonly FrameDescriptor[] _frames = new FrameDescriptor[FrameDescriptor.BurstMax];
    private SpscRing<FrameDescriptor> _ring = null!;
    private HandoffRing _handoff = null!;
    private Umem _umem = null!;
    private ChunkPool _producer = null!;
    private ChunkPool _consumer = null!;

    /// <summary>Makes the rings.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _ring = new SpscRing<FrameDescriptor>(Capacity);
        _handoff = new HandoffRing(Capacity);
        _umem = new Umem(Capacity, 256);
        _producer = new ChunkPool(_umem, 0, Capacity / 2);
        _consumer = new ChunkPool(_umem, Capacity / 2, Capacity / 2);
    }

    /// <summary>A burst in and out.</summary>
    [Benchmark(OperationsPerInvoke = FrameDescriptor.BurstMax)]
    public int EnqueueAndDequeue()
    {
        _ring.Enqueue(_frames);
        return _ring.Dequeue(_frames);
    }

    /// <summary>A burst handed over, paid for with chunks, and the payment taken back.</summary>
    [Benchmark(OperationsPerInvoke = FrameDescriptor.BurstMax)]
    public int HandOver()
    {
        for (int i = 0; i < _frames.Length; i++)
        {
            _producer.TryRent(out uint chunk);
            _frames[i].FrameOffset = chunk;
        }

        _handoff.Give(_frames);
        int count = _handoff.Take(_frames, _consumer);
        foreach (ref FrameDescriptor frame in _frames.AsSpan())
            _consumer.Return(_umem.ChunkOf(frame.FrameOffset));
        _handoff.Reclaim(_producer);
        return count;
    }

    /// <summary>Frees the rings.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _ring.Dispose();
        _handoff.Dispose();
        _producer.Dispose();
        _consumer.Dispose();
        _umem.Dispose();
        GC.SuppressFinalize(this);
    }
}
