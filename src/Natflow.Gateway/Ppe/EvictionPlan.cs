using System.Numerics;

namespace Natflow.Gateway.Ppe;

/// <summary>Which bound flows make room when a PPE is full: the slowest, as many as were refused in the pass before. One thread.</summary>
internal sealed class EvictionPlan
{
    private readonly int[] _histogram = new int[65];
    private int _wanted;
    private int _toTake;
    private int _classMax = -1;

    /// <summary>A flow was refused for want of room.</summary>
    internal void Want() => _wanted++;

    /// <summary>Notes a bound flow's bytes in the last pass.</summary>
    /// <returns>True when it is to make room.</returns>
    internal bool Takes(ulong rateBytes)
    {
        int rateClass = 64 - BitOperations.LeadingZeroCount(rateBytes);
        _histogram[rateClass]++;
        if (_toTake == 0 || rateClass > _classMax)
            return false;
        _toTake--;
        return true;
    }

    /// <summary>All bound flows were seen: decides for the next pass.</summary>
    internal void EndPass()
    {
        _toTake = _wanted;
        _wanted = 0;
        _classMax = -1;
        for (int seen = 0; seen < _toTake && _classMax < 64; seen += _histogram[_classMax])
            _classMax++;
        Array.Clear(_histogram);
    }
}
