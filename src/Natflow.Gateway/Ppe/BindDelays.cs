namespace Natflow.Gateway.Ppe;

/// <summary>How long the last flows, 8,192 to 16,384 of them, waited from the packet that let them be offered until they were bound, by whole milliseconds.</summary>
internal sealed class BindDelays
{
    private const int LongestMs = 1023;
    private const ulong PercentMax = 100;
    private const ulong TurnFlows = 1 << 13;

    private ulong[] _counts = new ulong[LongestMs + 1];
    private ulong[] _before = new ulong[LongestMs + 1];
    private ulong _count;
    private ulong _countBefore;

    /// <summary>Counts a flow. Clocks are read once a burst: a moment that seems to lie ahead is now.</summary>
    internal void Add(uint seenMs, uint nowMs)
    {
        if (_count == TurnFlows)
        {
            (_counts, _before) = (_before, _counts);
            Array.Clear(_counts);
            _countBefore = _count;
            _count = 0;
        }

        _counts[Math.Clamp((int)(nowMs - seenMs), 0, LongestMs)]++;
        _count++;
    }

    /// <summary>The least number of milliseconds that a share of the flows did not exceed; 0 before the first.</summary>
    /// <param name="percent">1 to 100.</param>
    internal uint PercentileMs(ulong percent)
    {
        ulong wanted = (((_count + _countBefore) * percent) + PercentMax - 1) / PercentMax;
        ulong sum = 0;
        for (uint ms = 0; ms < LongestMs; ms++)
        {
            sum += _counts[ms] + _before[ms];
            if (sum >= wanted)
                return ms;
        }

        return LongestMs;
    }
}
