namespace Natflow.Actors;

/// <summary>Something scheduled that can be called off. Idempotent; any thread (contract T1).</summary>
public sealed class Cancelable : IDisposable
{
    private ITimer? _timer;
    private bool _isCancelled;

    internal Cancelable()
    {
    }

    /// <summary>Whether it was called off.</summary>
    public bool IsCancellationRequested => Volatile.Read(ref _isCancelled);

    /// <summary>It does not happen any more, unless it is happening now.</summary>
    public void Cancel()
    {
        Volatile.Write(ref _isCancelled, true);
        _timer?.Dispose();
    }

    /// <summary>The same as <see cref="Cancel"/>.</summary>
    public void Dispose() => Cancel();

    internal void Start(TimeProvider time, TimeSpan delay, TimeSpan interval, Action action, Func<bool> isStopped)
    {
        _timer = time.CreateTimer(_ => Run(interval, action, isStopped), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private void Run(TimeSpan interval, Action action, Func<bool> isStopped)
    {
        if (isStopped()) Cancel();
        if (IsCancellationRequested) return;
        action();
        if (interval > TimeSpan.Zero)
            _timer!.Change(interval, Timeout.InfiniteTimeSpan);
        else
            _timer!.Dispose();
    }
}
