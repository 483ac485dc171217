namespace Natflow.Policy.Users;

/// <summary>A user's limits; 0 stands for no limit.</summary>
/// <param name="VolumeBytesMax">L3 bytes of both directions, since <paramref name="VolumeBaseBytes"/>.</param>
/// <param name="VolumeBaseBytes">The user's total when the quota began.</param>
/// <param name="EndsAtMs">Clock when the time is over, ms.</param>
/// <param name="DeviceCountMax">MACs at a time.</param>
public readonly record struct UserQuota(ulong VolumeBytesMax, ulong VolumeBaseBytes, long EndsAtMs, ushort DeviceCountMax)
{
    /// <summary>Which limits are met.</summary>
    /// <param name="total">The user's traffic since it was seen first.</param>
    /// <param name="deviceCount">MACs of the user.</param>
    /// <param name="nowMs">The clock, ms.</param>
    public UserQuotaLimits Exceeded(in UserTraffic total, int deviceCount, long nowMs)
    {
        ulong sum = unchecked(total.RxBytes + total.TxBytes);
        ulong used = sum > VolumeBaseBytes ? sum - VolumeBaseBytes : 0; // Counters that started anew have used nothing.
        return (VolumeBytesMax != 0 && used >= VolumeBytesMax ? UserQuotaLimits.Volume : UserQuotaLimits.None)
            | (EndsAtMs != 0 && nowMs >= EndsAtMs ? UserQuotaLimits.Time : UserQuotaLimits.None)
            | (DeviceCountMax != 0 && deviceCount > DeviceCountMax ? UserQuotaLimits.Devices : UserQuotaLimits.None);
    }
}
