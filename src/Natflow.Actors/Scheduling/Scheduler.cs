namespace Natflow.Actors;

/// <summary>
/// Sends messages later, by the clock of <see cref="ActorSystemSettings.TimeProvider"/>, which a test may replace (contract T2). Ends
/// with the system. An actor's own timers are <see cref="ITimerScheduler"/>.
/// </summary>
/// <remarks>Never early; late by the resolution of the provider and the load of the pool. Repeats count from the last one: no catching up.</remarks>
public sealed class Scheduler
{
    private readonly TimeProvider _time;
    private readonly long _start;
    private bool _isStopped;

    internal Scheduler(TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
    }

    /// <summary>Wall clock, UTC.</summary>
    public DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>Time since the system was made; not touched by changes of the wall clock.</summary>
    public TimeSpan MonotonicClock => _time.GetElapsedTime(_start);

    /// <summary>Sends a message once.</summary>
    /// <param name="delay">From now; 0 or more.</param>
    /// <param name="receiver">Where to.</param>
    /// <param name="message">What.</param>
    /// <param name="sender">Where answers go.</param>
    public Cancelable ScheduleTellOnceCancelable(TimeSpan delay, IActorRef receiver, object message, IActorRef? sender) =>
        Schedule(delay, TimeSpan.Zero, () => receiver.Tell(message, sender));

    /// <summary>Sends a message again and again.</summary>
    /// <param name="initialDelay">Before the first; 0 or more.</param>
    /// <param name="interval">From one to the next; more than 0.</param>
    /// <param name="receiver">Where to.</param>
    /// <param name="message">What.</param>
    /// <param name="sender">Where answers go.</param>
    public Cancelable ScheduleTellRepeatedlyCancelable(
        TimeSpan initialDelay, TimeSpan interval, IActorRef receiver, object message, IActorRef? sender)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        return Schedule(initialDelay, interval, () => receiver.Tell(message, sender));
    }

    /// <summary>Runs an action once, on a thread of the provider. It must be short, must not throw, and must not touch an actor's state.</summary>
    /// <param name="delay">From now; 0 or more.</param>
    /// <param name="action">What to run.</param>
    public Cancelable ScheduleOnceCancelable(TimeSpan delay, Action action) => Schedule(delay, TimeSpan.Zero, action);

    internal void Stop() => Volatile.Write(ref _isStopped, true);

    private Cancelable Schedule(TimeSpan delay, TimeSpan interval, Action action)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        var cancelable = new Cancelable();
        cancelable.Start(_time, delay, interval, action, () => Volatile.Read(ref _isStopped));
        return cancelable;
    }
}
