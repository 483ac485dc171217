namespace Natflow.Testing;

/// <summary>
/// Time that moves only when the test says so: wall clock, monotonic clock and timers together. Thread-safe; callbacks run on the thread
/// that advances.
/// </summary>
/// <remarks>
/// Unlike Akka.NET's test scheduler, every repetition that falls due during one <see cref="Advance"/> is fired, in order, each at its
/// own virtual time. A timer that is due at once fires at the next advance, which may be by zero.
/// </remarks>
public sealed class TestTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly SortedSet<TestTimer> _timers = new(TestTimer.ByDue);
    private readonly DateTimeOffset _start;
    private long _elapsedTicks;
    private long _sequence;

    /// <summary>A clock that stands.</summary>
    /// <param name="start">What it shows; null is 2026-01-01 00:00 UTC.</param>
    public TestTime(DateTimeOffset? start = null) =>
        _start = (start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)).ToUniversalTime();

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Timers that wait.</summary>
    public int PendingCount
    {
        get
        {
            lock (_lock)
                return _timers.Count;
        }
    }

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => _start.AddTicks(GetTimestamp());

    /// <inheritdoc />
    public override long GetTimestamp() => Interlocked.Read(ref _elapsedTicks);

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new TestTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves time on and fires what falls due, in order of time.</summary>
    /// <param name="duration">0 or more.</param>
    /// <param name="settle">Called before the first and after each callback, so that others can react at that virtual time.</param>
    public void Advance(TimeSpan duration, Action? settle = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        long end = GetTimestamp() + duration.Ticks;
        settle?.Invoke();
        while (TakeDue(end) is { } timer)
        {
            timer.Fire();
            settle?.Invoke();
        }

        Interlocked.Exchange(ref _elapsedTicks, end);
    }

    private TestTimer? TakeDue(long end)
    {
        lock (_lock)
        {
            if (_timers.Min is not { } timer || timer.DueTicks > end) return null;
            Interlocked.Exchange(ref _elapsedTicks, Math.Max(_elapsedTicks, timer.DueTicks));
            _timers.Remove(timer);
            if (timer.PeriodTicks > 0)
            {
                timer.DueTicks += timer.PeriodTicks;
                timer.Sequence = ++_sequence;
                _timers.Add(timer);
            }

            return timer;
        }
    }

    private bool Arm(TestTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
            if (timer.IsDisposed) return false;
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            timer.DueTicks = _elapsedTicks + dueTime.Ticks;
            timer.PeriodTicks = period == Timeout.InfiniteTimeSpan ? 0 : period.Ticks;
            timer.Sequence = ++_sequence;
            return _timers.Add(timer);
        }
    }

    private void Remove(TestTimer timer)
    {
        lock (_lock)
        {
            timer.IsDisposed = true;
            _timers.Remove(timer);
        }
    }

    private sealed class TestTimer(TestTime time, TimerCallback callback, object? state) : ITimer
    {
        internal static readonly Comparer<TestTimer> ByDue = Comparer<TestTimer>.Create(static (a, b) =>
            a.DueTicks != b.DueTicks ? a.DueTicks.CompareTo(b.DueTicks) : a.Sequence.CompareTo(b.Sequence));

        internal long DueTicks { get; set; }

        internal long PeriodTicks { get; set; }

        internal long Sequence { get; set; }

        internal bool IsDisposed { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period) => time.Arm(this, dueTime, period);

        public void Dispose() => time.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        internal void Fire() => callback(state);
    }
}
