namespace Natflow.Portal.Access;

/// <summary>
/// Most events of one key in a time, as a bucket that fills evenly (GCRA). Holds a bounded number of keys: when it is full of keys that were busy just now, new ones
/// are refused, so that a flood of addresses costs no memory.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class RateGate<TKey>
    where TKey : notnull
{
    private const int KeysMax = 65_536;

    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, long> _fullAt = [];
    private readonly TimeProvider _clock;
    private readonly long _interval;
    private readonly long _depth;
    private long _sweptAt;

    /// <summary>Sets the rate.</summary>
    /// <param name="count">Events in a period; so many at once as well.</param>
    /// <param name="period">The period.</param>
    /// <param name="clock">Time.</param>
    internal RateGate(int count, TimeSpan period, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        _clock = clock;
        _interval = Math.Max(1, (long)(period.TotalSeconds * clock.TimestampFrequency / count));
        _depth = _interval * count;
        _sweptAt = clock.GetTimestamp();
    }

    /// <summary>Whether an event may be. One that may not costs nothing.</summary>
    internal bool TryPass(TKey key)
    {
        long now = _clock.GetTimestamp();
        lock (_gate)
        {
            long next = Math.Max(_fullAt.GetValueOrDefault(key, now), now) + _interval;
            if (next - now > _depth || (!_fullAt.ContainsKey(key) && !HasRoom(now)))
                return false;
            _fullAt[key] = next;
            return true;
        }
    }

    // What has drained says nothing any more. Swept once an interval at most, so that a flood does not make each request a sweep.
    private bool HasRoom(long now)
    {
        if (_fullAt.Count < KeysMax)
            return true;
        if (now - _sweptAt < _interval)
            return false;
        _sweptAt = now;
        foreach ((TKey key, long fullAt) in _fullAt)
        {
            if (fullAt <= now)
                _fullAt.Remove(key);
        }

        return _fullAt.Count < KeysMax;
    }
}
