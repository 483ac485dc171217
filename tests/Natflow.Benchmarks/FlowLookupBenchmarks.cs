using BenchmarkDotNet.Attributes;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Table;
using Natflow.Testing;

namespace Natflow.Benchmarks;

/// <summary>Lookups over a real working set: all flows of the table, in random order; the mean is per lookup.</summary>
public class FlowLookupBenchmarks : IDisposable
{
    private readonly FlowHash _hash = new(7);
    private FlowTable _table = null!;
    private FlowKey[] _keys = [];
    private uint[] _hashes = [];
    private int _next;

    /// <summary>Flows in the table.</summary>
    [Params(1 << 10, 1 << 17, 1 << 20)]
    public int FlowCount { get; set; } = 1 << 10;

    /// <summary>Fills the table, then shuffles the keys.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _table = new FlowTable(FlowCount, _hash);
        _keys = new FlowKey[FlowCount];
        for (int i = 0; i < FlowCount; i++)
            _keys[i] = Add((uint)i);
        var prng = new Prng(FlowCount);
        for (int i = FlowCount - 1; i > 0; i--)
        {
            int j = prng.Next(i + 1);
            (_keys[i], _keys[j]) = (_keys[j], _keys[i]);
        }

        _hashes = [.. _keys.Select(key => _hash.Of(in key))];
    }

    /// <summary>A burst in three passes, as a shard does it.</summary>
    [Benchmark(OperationsPerInvoke = FrameDescriptor.BurstMax)]
    public uint FindBatch()
    {
        ReadOnlySpan<FlowKey> keys = _keys.AsSpan(_next, FrameDescriptor.BurstMax);
        ReadOnlySpan<uint> hashes = _hashes.AsSpan(_next, FrameDescriptor.BurstMax);
        _next = (_next + FrameDescriptor.BurstMax) & (FlowCount - 1);
        uint sum = 0;
        foreach (uint hash in hashes)
            _table.PrefetchBucket(hash);
        foreach (uint hash in hashes)
            sum += _table.PrefetchCandidate(hash);
        for (int i = 0; i < keys.Length; i++)
            sum += _table.Find(in keys[i], hashes[i]);
        return sum;
    }

    /// <summary>The same without asking ahead: what the memory costs.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = FrameDescriptor.BurstMax)]
    public uint FindEach()
    {
        int first = _next;
        _next = (_next + FrameDescriptor.BurstMax) & (FlowCount - 1);
        uint sum = 0;
        for (int i = first; i < first + FrameDescriptor.BurstMax; i++)
            sum += _table.Find(in _keys[i], _hashes[i]);
        return sum;
    }

    /// <summary>Frees the table.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _table.Dispose();
        GC.SuppressFinalize(this);
    }

    private FlowKey Add(uint number)
    {
        uint index = _table.Allocate();
        ref FlowRecord flow = ref _table.Flow(index);
        flow.InsideAddrBe = 0x0A000000 + (number >> 4);
        flow.InsidePortBe = (ushort)(number & 15);
        flow.RemoteAddrBe = 0xC6330000 + (number * 7);
        flow.RemotePortBe = 443;
        flow.Protocol = IpProtocol.Udp;
        flow.State = FlowState.UdpSteady;
        FlowKey key = flow.OutKey();
        if (!_table.TryIndex(_hash.Of(in key), index * 2))
            throw new InvalidOperationException("the table is full");
        return key;
    }
}
