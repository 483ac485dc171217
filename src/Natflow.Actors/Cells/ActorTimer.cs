namespace Natflow.Actors.Cells;

/// <summary>One timer of an actor. It is also its own message, so that a replaced timer is known by identity.</summary>
/// <remarks>A timer has at most one message in the mailbox; a slow actor gets fewer ticks, not a backlog.</remarks>
internal sealed class ActorTimer : IAutoReceivedMessage
{
    private readonly ActorCell _cell;
    private readonly TimeSpan _interval;
    private readonly ITimer _timer;
    private bool _isQueued;

    internal ActorTimer(ActorCell cell, object key, object message, TimeSpan delay, TimeSpan interval)
    {
        _cell = cell;
        Key = key;
        Message = message;
        _interval = interval;
        _timer = cell.System.Settings.TimeProvider.CreateTimer(
            static self => ((ActorTimer)self!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    internal object Key { get; }

    internal object Message { get; }

    internal bool IsPeriodic => _interval > TimeSpan.Zero;

    internal void Cancel() => _timer.Dispose();

    /// <summary>The message left the mailbox.</summary>
    internal void OnTaken() => Volatile.Write(ref _isQueued, false);

    private void OnDue()
    {
        if (!Interlocked.Exchange(ref _isQueued, true)) _cell.Self.TellExempt(this, _cell.Self);
        if (IsPeriodic) _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }
}
