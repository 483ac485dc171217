namespace Natflow.Gateway.Ppe;

/// <summary>How long flows waited from the packet that let them be offered until they were bound, by whole milliseconds.</summary>
internal sealed class BindDelays
{
    private const int LongestMs = 1023;
    private const ulong PercentMax = 100;

    private readonly ulong[] _counts = new ulong[LongestMs + 1];
    private ulong _total;

    /// <summary>Counts a flow. Clocks are read once a burst: a moment that seems to lie ahead is now.</summary>
    internal void Add(uint seenMs, uint nowMs)
    {
        _counts[Math.Clamp((int)(nowMs - seenMs), 0, LongestMs)]++;
        _total++;
    }

    /// <summary>The least number of milliseconds that a share of the flows did not exceed; 0 before the first.</summary>
    /// <param name="percent">1 to 100.</param>
    internal uint PercentileMs(ulong percent)
    {
        ulong wanted = ((_total * percent) + PercentMax - 1) / PercentMax;
        ulong sum = 0;
        for (uint ms = 0; ms < LongestMs; ms++)
        {
            sum += _counts[ms];
            if (sum >= wanted)
                return ms;
        }

        return LongestMs;
    }
}
