namespace Natflow.Actors.Cells;

/// <summary>The timers of one instance of an actor.</summary>
internal sealed class TimerScheduler(ActorCell cell) : ITimerScheduler
{
    private readonly Dictionary<object, ActorTimer> _byKey = [];

    public void StartSingleTimer(object key, object message, TimeSpan timeout) =>
        Start(key, message, timeout, Timeout.InfiniteTimeSpan);

    public void StartPeriodicTimer(object key, object message, TimeSpan interval) => StartPeriodicTimer(key, message, interval, interval);

    public void StartPeriodicTimer(object key, object message, TimeSpan initialDelay, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Start(key, message, initialDelay, interval);
    }

    public bool IsTimerActive(object key) => _byKey.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_byKey.Remove(key, out ActorTimer? timer)) timer.Cancel();
    }

    public void CancelAll()
    {
        foreach (ActorTimer timer in _byKey.Values)
            timer.Cancel();
        _byKey.Clear();
    }

    /// <summary>A timer's message has its turn.</summary>
    /// <returns>What the actor gets; null if the timer was cancelled or replaced meanwhile (contract B4).</returns>
    internal object? Take(ActorTimer timer)
    {
        if (!_byKey.TryGetValue(timer.Key, out ActorTimer? active) || !ReferenceEquals(active, timer)) return null;
        timer.OnTaken();
        if (!timer.IsPeriodic) Cancel(timer.Key);
        return timer.Message;
    }

    private void Start(object key, object message, TimeSpan delay, TimeSpan interval)
    {
        InvalidMessageException.ThrowIfNull(message);
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Cancel(key);
        _byKey.Add(key, new ActorTimer(cell, key, message, delay, interval));
    }
}
