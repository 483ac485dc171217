namespace Natflow.Host.Lab.Bench.Takeover;

/// <summary>When answers of one stream came, and the longest time between two since a mark.</summary>
/// <remarks>One writer; the others any thread.</remarks>
internal sealed class ArrivalLog(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private long _last = clock.GetTimestamp();
    private long _longest;
    private long _received;
    private long _sent;

    /// <summary>Asked.</summary>
    internal void OnSent() => Interlocked.Increment(ref _sent);

    /// <summary>Answered.</summary>
    internal void OnReceived()
    {
        lock (_lock)
        {
            long now = clock.GetTimestamp();
            _longest = Math.Max(_longest, now - _last);
            _last = now;
            _received++;
        }
    }

    /// <summary>Begins anew; the time since the last answer counts.</summary>
    internal void Mark()
    {
        lock (_lock)
            _longest = 0;
    }

    /// <summary>Longest time without an answer since the mark, that which lasts included.</summary>
    internal TimeSpan Gap
    {
        get
        {
            lock (_lock)
                return TimeSpan.FromSeconds((double)Math.Max(_longest, clock.GetTimestamp() - _last) / clock.TimestampFrequency);
        }
    }

    /// <summary>Time since the last answer.</summary>
    internal TimeSpan Silence
    {
        get
        {
            lock (_lock)
                return clock.GetElapsedTime(_last);
        }
    }

    /// <summary>Asked and never answered.</summary>
    internal long Lost => Interlocked.Read(ref _sent) - _received;
}
