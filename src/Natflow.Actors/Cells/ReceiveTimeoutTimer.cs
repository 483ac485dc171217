namespace Natflow.Actors.Cells;

/// <summary>
/// Watches for idleness (contract B3). Activity only notes the time; the timer looks at it when it is due, so a busy actor re-arms a
/// timer once a period, not once a message.
/// </summary>
internal sealed class ReceiveTimeoutTimer
{
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly ActorCell _cell;
    private long _lastActivity;
    private bool _isArmed = true;

    internal ReceiveTimeoutTimer(ActorCell cell, TimeSpan due)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(due, TimeSpan.Zero);
        _cell = cell;
        _time = cell.System.Settings.TimeProvider;
        Due = due;
        _lastActivity = _time.GetTimestamp();
        _timer = _time.CreateTimer(static self => ((ReceiveTimeoutTimer)self!).OnTimer(), this, due, Timeout.InfiniteTimeSpan);
    }

    internal TimeSpan Due { get; }

    internal void OnActivity()
    {
        _lastActivity = _time.GetTimestamp();
        if (_isArmed) return;
        _isArmed = true;
        _timer.Change(Due, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether the actor was idle all the time; if not, waits for the rest.</summary>
    internal bool IsDue()
    {
        TimeSpan rest = Due - _time.GetElapsedTime(_lastActivity);
        _isArmed = rest > TimeSpan.Zero;
        if (_isArmed) _timer.Change(rest, Timeout.InfiniteTimeSpan);
        return !_isArmed;
    }

    internal void Cancel() => _timer.Dispose();

    private void OnTimer() => _cell.Self.TellExempt(new ReceiveTimeoutDue(this), sender: null);
}

/// <summary>The timer is due; the actor may have been active since it was armed.</summary>
internal sealed record ReceiveTimeoutDue(ReceiveTimeoutTimer Timer) : IAutoReceivedMessage;
