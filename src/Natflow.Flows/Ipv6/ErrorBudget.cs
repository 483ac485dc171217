namespace Natflow.Flows.Ipv6;

/// <summary>A token bucket for ICMPv6 errors (RFC 4443 section 2.4(f)): bursts up to a tenth of a second's worth, ten at least. Owner thread only.</summary>
internal sealed class ErrorBudget
{
    private const int MillisecondsPerSecond = 1000;
    private const int BurstMin = 10;

    private readonly long _perSecond;
    private readonly long _burst;
    private long _milliTokens;
    private long _lastMs;

    internal ErrorBudget(int perSecondMax, long nowMs)
    {
        _perSecond = perSecondMax;
        _burst = perSecondMax == 0 ? 0 : Math.Max(BurstMin, perSecondMax / 10) * (long)MillisecondsPerSecond;
        _milliTokens = _burst;
        _lastMs = nowMs;
    }

    /// <summary>Takes one, if there is one.</summary>
    internal bool TryTake(long nowMs)
    {
        long elapsedMs = Math.Clamp(nowMs - _lastMs, 0, MillisecondsPerSecond);
        _lastMs = nowMs;
        _milliTokens = Math.Min(_burst, _milliTokens + (elapsedMs * _perSecond));
        if (_milliTokens < MillisecondsPerSecond)
            return false;
        _milliTokens -= MillisecondsPerSecond;
        return true;
    }
}
