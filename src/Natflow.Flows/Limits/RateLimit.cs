namespace Natflow.Flows.Limits;

/// <summary>A rate with a burst by the generic cell rate algorithm: one word of state, no timer. What the word says is when the bucket would be full again.</summary>
public readonly record struct RateLimit
{
    private const long MicrosecondsPerSecond = 1_000_000;

    private readonly long _incrementUs;
    private readonly long _toleranceUs;

    /// <summary>A limit.</summary>
    /// <param name="perSecond">Events a second, 1 to a million; 0 is no limit.</param>
    /// <param name="burst">Events at once, at least 1.</param>
    public RateLimit(int perSecond, int burst)
    {
        _incrementUs = perSecond == 0 ? 0 : Math.Max(1, MicrosecondsPerSecond / perSecond);
        _toleranceUs = _incrementUs * Math.Max(0, burst - 1);
    }

    /// <summary>Takes one event where the rate allows it.</summary>
    /// <param name="dueUs">The state, 0 at first.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    public bool TryTake(ref long dueUs, long nowMs)
    {
        if (_incrementUs == 0)
            return true;
        long nowUs = nowMs * 1000;
        long due = Math.Max(dueUs, nowUs);
        if (due - nowUs > _toleranceUs)
            return false;
        dueUs = due + _incrementUs;
        return true;
    }
}
