using BenchmarkDotNet.Attributes;
using Natflow.Core;
using Natflow.Flows.Table;

namespace Natflow.Benchmarks;

/// <summary>Expiry; the mean is per flow.</summary>
public class TimerWheelBenchmarks : IDisposable
{
    private const int FlowCount = 4096;
    private const long SpanMs = 300_000;

    private FlowTable _table = null!;
    private TimerWheel _wheel = null!;
    private long _nowMs;

    /// <summary>Fills the wheel.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _table = new FlowTable(FlowCount, new FlowHash(7));
        _wheel = new TimerWheel(_table, _nowMs);
        for (int i = 0; i < FlowCount; i++)
            _wheel.Schedule(_table.Allocate(), _nowMs + (i * (SpanMs / FlowCount)));
    }

    /// <summary>All flows fall due once and are put further on.</summary>
    [Benchmark(OperationsPerInvoke = FlowCount)]
    public int ExpireAndSchedule()
    {
        _nowMs += SpanMs + 2_048;
        int count = 0;
        while (_wheel.TryTakeDue(_nowMs, out uint flow))
        {
            _wheel.Schedule(flow, _nowMs + (count * (SpanMs / FlowCount)));
            count++;
        }

        return count;
    }

    /// <summary>Frees the wheel.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _wheel.Dispose();
        _table.Dispose();
        GC.SuppressFinalize(this);
    }
}
