namespace Natflow.Policy.Users;

/// <summary>A user's limits; 0 stands for no limit.</summary>
/// <param name="VolumeBytesMax">L3 bytes of both directions, since <paramref name="VolumeBaseBytes"/>.</param>
/// <param name="VolumeBaseBytes">The user's total when the quota began.</param>
/// <param name="EndsAtMs">Clock when the time is over, ms.</param>
/// <param name="DeviceCountMax">MACs at a time.</param>
public readonly record struct UserQuota(ulong VolumeBytesMax, ulong VolumeBaseBytes, long EndsAtMs, ushort DeviceCountMax)
{
    /// <summary>Bytes that are left.</summary>
    /// <param name="total">The user's traffic since it was seen first.</param>
    /// <returns>Null where there is no limit.</returns>
    public ulong? BytesLeft(in UserTraffic total)
    {
        if (VolumeBytesMax == 0)
            return null;
        ulong used = UsedBytes(total);
        return VolumeBytesMax > used ? VolumeBytesMax - used : 0;
    }

    /// <summary>Which limits are met.</summary>
    /// <param name="total">The user's traffic since it was seen first.</param>
    /// <param name="deviceCount">MACs of the user.</param>
    /// <param name="nowMs">The clock, ms.</param>
    public UserQuotaLimits Exceeded(in UserTraffic total, int deviceCount, long nowMs)
    {
        ulong used = UsedBytes(total);
        return (VolumeBytesMax != 0 && used >= VolumeBytesMax ? UserQuotaLimits.Volume : UserQuotaLimits.None)
            | (EndsAtMs != 0 && nowMs >= EndsAtMs ? UserQuotaLimits.Time : UserQuotaLimits.None)
            | (DeviceCountMax != 0 && deviceCount > DeviceCountMax ? UserQuotaLimits.Devices : UserQuotaLimits.None);
    }
    private ulong UsedBytes(in UserTraffic total)
    {
        ulong sum = unchecked(total.RxBytes + total.TxBytes);
        return sum > VolumeBaseBytes ? sum - VolumeBaseBytes : 0; // Counters that started anew have used nothing.
    }
}
