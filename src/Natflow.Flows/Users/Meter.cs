using System.Runtime.CompilerServices;
using Natflow.Core;

namespace Natflow.Flows.Users;

/// <summary>
/// A user's meters by the generic cell rate algorithm: one word each, which says when the bucket would be full again. Whoever forwards moves it with
/// compare-and-swap, this path and a soft PPE alike.
/// </summary>
public static class Meter
{
    private const ulong NanosecondsPerMicrosecond = 1000;
    private const long NanosecondsPerMillisecond = 1_000_000;
    private const double BitsPerByteNanoseconds = 8e9;
    private const int SwapsMax = 8;

    /// <summary>Spends a packet.</summary>
    /// <param name="policy">The user's record.</param>
    /// <param name="side">Where the packet came from: <see cref="Side.Lan"/> spends the upload meter.</param>
    /// <param name="bytes">L3 bytes.</param>
    /// <param name="nowMs">CLOCK_MONOTONIC, ms.</param>
    /// <returns>False when the user is over the rate; counted in the record.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)] // Only metered users' packets come here.
    public static bool TrySpend(ref PolicyRecord policy, Side side, uint bytes, long nowMs)
    {
        bool isUp = side == Side.Lan;
        if ((policy.Flags & (isUp ? PolicyFlags.MeterUp : PolicyFlags.MeterDown)) == PolicyFlags.None)
            return true;
        bool conforms = isUp
            ? TrySpend(ref policy.UpDueNs, bytes * policy.UpNanosecondsPerByteQ20, policy.UpBurstMicroseconds, nowMs)
            : TrySpend(ref policy.DownDueNs, bytes * policy.DownNanosecondsPerByteQ20, policy.DownBurstMicroseconds, nowMs);
        if (conforms)
            (isUp ? ref policy.UpMeteredBytes : ref policy.DownMeteredBytes) += bytes; // For shares alone: threads that race may lose some.
        else
            Interlocked.Increment(ref isUp ? ref policy.UpDropped : ref policy.DownDropped);
        return conforms;
    }

    /// <summary>Puts limits on a record; the caller makes them valid by its generation.</summary>
    /// <param name="policy">The record.</param>
    /// <param name="limits">Valid limits.</param>
    internal static void Set(ref PolicyRecord policy, in PolicyLimits limits)
    {
        PolicyFlags flags = policy.Flags & ~(PolicyFlags.MeterUp | PolicyFlags.MeterDown);
        uint burstMicroseconds = (uint)limits.Burst.TotalMicroseconds;
        policy.UpNanosecondsPerByteQ20 = CostQ20(limits.UpBitsPerSecond);
        policy.DownNanosecondsPerByteQ20 = CostQ20(limits.DownBitsPerSecond);
        policy.UpBurstMicroseconds = policy.DownBurstMicroseconds = burstMicroseconds;
        policy.Flags = flags | (limits.UpBitsPerSecond != 0 ? PolicyFlags.MeterUp : PolicyFlags.None)
            | (limits.DownBitsPerSecond != 0 ? PolicyFlags.MeterDown : PolicyFlags.None);
    }

    /// <summary>Puts the slower of own limits and share on a record, direction by direction.</summary>
    /// <returns>Whether a meter came or went: only then flows, and a PPE without meters, have to learn of it.</returns>
    internal static bool Combine(ref PolicyRecord policy, in UserRates rates)
    {
        ulong up = Math.Max(rates.OwnUpQ20, rates.ShareUpQ20);
        ulong down = Math.Max(rates.OwnDownQ20, rates.ShareDownQ20);
        Volatile.Write(ref policy.UpNanosecondsPerByteQ20, up);
        Volatile.Write(ref policy.DownNanosecondsPerByteQ20, down);
        policy.UpBurstMicroseconds = BurstOf(rates.OwnUpQ20, rates.ShareUpQ20, in rates);
        policy.DownBurstMicroseconds = BurstOf(rates.OwnDownQ20, rates.ShareDownQ20, in rates);
        PolicyFlags flags = (policy.Flags & ~(PolicyFlags.MeterUp | PolicyFlags.MeterDown))
            | (up != 0 ? PolicyFlags.MeterUp : PolicyFlags.None) | (down != 0 ? PolicyFlags.MeterDown : PolicyFlags.None);
        bool isChanged = flags != policy.Flags;
        Volatile.Write(ref Unsafe.As<PolicyFlags, byte>(ref policy.Flags), (byte)flags); // A PPE that sees the meter sees its rate.
        return isChanged;
    }

    private static uint BurstOf(ulong own, ulong share, in UserRates rates) => share == 0 ? rates.OwnBurstMicroseconds
        : own == 0 ? rates.ShareBurstMicroseconds : Math.Min(rates.OwnBurstMicroseconds, rates.ShareBurstMicroseconds);

    /// <summary>How far a meter is ahead of the clock, ns; 0 for one that is full.</summary>
    internal static long AheadNs(ulong dueNs, long nowMs) => Math.Max(0, (long)dueNs - (nowMs * NanosecondsPerMillisecond));

    /// <summary>The word of a meter that is so far ahead of the clock, at most its burst.</summary>
    internal static ulong DueNs(long aheadNs, uint burstMicroseconds, long nowMs) =>
        aheadNs <= 0 ? 0 : (ulong)(nowMs * NanosecondsPerMillisecond) + Math.Min((ulong)aheadNs, burstMicroseconds * NanosecondsPerMicrosecond);

    /// <summary>Time of a byte at a rate, ns with <see cref="PolicyRecord.CostFractionBits"/> binary digits after the point; 0 for no rate.</summary>
    internal static ulong CostQ20(long bitsPerSecond) =>
        bitsPerSecond == 0 ? 0 : (ulong)Math.Round(BitsPerByteNanoseconds / bitsPerSecond * (1 << PolicyRecord.CostFractionBits));

    private static bool TrySpend(ref ulong dueNs, ulong costQ20, uint burstMicroseconds, long nowMs)
    {
        ulong now = (ulong)(nowMs * NanosecondsPerMillisecond);
        ulong cost = costQ20 >> PolicyRecord.CostFractionBits;
        ulong burst = burstMicroseconds * NanosecondsPerMicrosecond;
        for (int i = 0; i < SwapsMax; i++)
        {
            ulong due = Volatile.Read(ref dueNs);
            ulong start = Math.Max(due, now);
            if (start - now > burst)
                return false;
            if (Interlocked.CompareExchange(ref dueNs, start + cost, due) == due)
                return true;
        }

        // So many others got through meanwhile that the bucket was not full: the packet is charged all the same.
        Interlocked.Add(ref dueNs, cost);
        return true;
    }
}
