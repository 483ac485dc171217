using Natflow.Policy.Users;

namespace Natflow.Gateway.Users;

/// <summary>
/// When a user's traffic goes on record again: every five minutes if there was any, and whenever a hundredth of a volume that is limited was used, so that a
/// process that dies gives nobody more than that.
/// </summary>
/// <remarks>One owner.</remarks>
internal sealed class TrafficRecords(int capacity)
{
    private const long IntervalMs = 300_000;
    private const ulong PartOfVolume = 100;

    private readonly ulong[] _bytes = new ulong[capacity];
    private readonly long[] _atMs = new long[capacity];

    /// <summary>A user begins.</summary>
    internal void Begin(int index, in UserTraffic total, long nowMs)
    {
        _bytes[index] = SumOf(in total);
        _atMs[index] = nowMs;
    }

    /// <summary>Whether the total is to be put on record now; then it counts as done.</summary>
    internal bool IsDue(int index, in UserTraffic total, in UserQuota quota, long nowMs)
    {
        ulong sum = SumOf(in total);
        ulong more = unchecked(sum - _bytes[index]);
        bool isDue = more != 0 && (nowMs - _atMs[index] >= IntervalMs || (quota.VolumeBytesMax != 0 && more >= quota.VolumeBytesMax / PartOfVolume));
        if (isDue)
            Begin(index, in total, nowMs);
        return isDue;
    }

    private static ulong SumOf(in UserTraffic total) => unchecked(total.RxBytes + total.TxBytes);
}
