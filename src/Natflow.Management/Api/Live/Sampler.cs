using System.Text.Json;
using Natflow.Actors;
using Natflow.Gateway;
using Natflow.Gateway.Ppe;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Live;

/// <summary>Takes the gateway's figures once a second, for everybody: the page's plots, the stream, the metrics.</summary>
public sealed class Sampler : IAsyncDisposable
{
    private const int HistorySeconds = 600;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ControlTarget _target;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly Queue<OverviewModel> _history = [];
    private readonly Task _loop;
    private Sample? _latest;

    /// <summary>Starts sampling.</summary>
    /// <param name="target">The gateway.</param>
    /// <param name="clock">Time.</param>
    public Sampler(ControlTarget target, TimeProvider clock)
    {
        _target = target;
        _clock = clock;
        _loop = Task.Run(Loop);
    }

    /// <summary>Each second's figures.</summary>
    public EventRing Ring { get; } = new(HistorySeconds);

    /// <summary>The last figures; null before the first.</summary>
    public Sample? Latest => Volatile.Read(ref _latest);

    /// <summary>The last ten minutes, oldest first.</summary>
    public IReadOnlyList<OverviewModel> History(int secondsMax)
    {
        lock (_lock)
            return [.. _history.Skip(Math.Max(0, _history.Count - secondsMax))];
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _loop;
        _end.Dispose();
    }

    private async Task Loop()
    {
        try
        {
            using var timer = new PeriodicTimer(Period, _clock);
            do
            {
                await Take();
            }
            while (await timer.WaitForNextTickAsync(_end.Token));
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task Take()
    {
        try
        {
            Task<DataPlaneReport> plane = _target.Plane.Report();
            Task<OffloadReport?> offload = _target.Plane.ReportOffload();
            await Task.WhenAll(plane, offload).WaitAsync(_end.Token);
            Put(new Sample(_clock.GetUtcNow().ToUnixTimeMilliseconds(), await plane, await offload, _target.Status()));
        }
        catch (AskTimeoutException)
        {
            // Shards that do not answer leave a gap in the plots; health says so.
        }
    }

    private void Put(Sample sample)
    {
        OverviewModel tick = sample.Since(_latest);
        Volatile.Write(ref _latest, sample);
        lock (_lock)
        {
            _history.Enqueue(tick);
            if (_history.Count > HistorySeconds)
                _history.Dequeue();
        }

        Ring.Add(JsonSerializer.SerializeToUtf8Bytes(tick, ApiJson.Default.OverviewModel));
    }
}
