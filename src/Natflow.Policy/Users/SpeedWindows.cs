using System.Runtime.CompilerServices;

namespace Natflow.Policy.Users;

/// <summary>A user's traffic of the last seconds: four windows of two seconds in a ring. Has no timer: what is old is cleared when it is next touched.</summary>
public struct SpeedWindows
{
    /// <summary>Windows.</summary>
    public const int Count = 4;

    /// <summary>Length of a window, ms.</summary>
    public const long WindowMs = 2000;

    private Ring _ring;
    private long _number; // Of the window that was last written; the ring position is its lowest bits.

    /// <summary>Counts traffic.</summary>
    /// <param name="traffic">What passed since the last call.</param>
    /// <param name="nowMs">The clock, ms; what lies before an earlier call counts as then.</param>
    public void Add(in UserTraffic traffic, long nowMs)
    {
        Advance(nowMs / WindowMs);
        _ring[(int)(_number % Count)].Add(traffic);
    }

    /// <summary>Traffic a second in the last whole window, which ended at most one window ago; rounded up to the next whole number.</summary>
    /// <param name="nowMs">The clock, ms.</param>
    public readonly UserTraffic PerSecond(long nowMs)
    {
        long wanted = (nowMs / WindowMs) - 1;
        if (wanted > _number || wanted < 0 || wanted <= _number - Count)
            return default;
        UserTraffic window = _ring[(int)(wanted % Count)];
        return new UserTraffic(Half(window.RxPackets), Half(window.RxBytes), Half(window.TxPackets), Half(window.TxBytes));
    }

    private static ulong Half(ulong count) => (count >> 1) + (count & 1);

    private void Advance(long number)
    {
        // After a silence of all four windows nothing of them is left, whatever the positions.
        for (long skipped = Math.Max(_number + 1, number - Count + 1); skipped <= number; skipped++)
            _ring[(int)(skipped % Count)] = default;
        _number = Math.Max(_number, number);
    }

    [InlineArray(Count)]
    private struct Ring
    {
        private UserTraffic _first;
    }
}
