using Natflow.Gateway;
using Natflow.Gateway.Replication;

namespace Natflow.Cli.Bench.Pipeline;

/// <summary>Reads what shard 0 tells its standby, as the cluster's pump does: each five milliseconds.</summary>
internal sealed class ReplicationReader : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly DataPlane _plane;
    private readonly ReplicationLink _link = new();
    private readonly PeriodicTimer _timer = new(Interval);
    private readonly Task _running;
    private long _bytes;

    internal ReplicationReader(DataPlane plane)
    {
        _plane = plane;
        _running = Task.Run(Run);
    }

    /// <summary>Bytes of records read.</summary>
    internal long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Slices that were put off because nobody had read.</summary>
    internal long StallCount => _link.StallCount;

    /// <summary>Begins, with everything.</summary>
    internal Task Start() => _plane.Ask<TapRequest>(0, new TapRequest(_link, AgeMs: 0));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _plane.Ask<TapRequest>(0, new TapRequest(Link: null, AgeMs: 0));
        _timer.Dispose();
        await _running;
        _link.Dispose();
    }

    private async Task Run()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            while (_link.TryTake(out ReplicationChunk chunk))
            {
                Interlocked.Add(ref _bytes, chunk.LengthBytes);
                _link.Return(in chunk);
            }
        }
    }
}
