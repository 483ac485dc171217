namespace Natflow.Flows.Users;

/// <summary>A user's rates.</summary>
/// <param name="UpBitsPerSecond">L3 bits a second from the user; 0 is no limit.</param>
/// <param name="DownBitsPerSecond">L3 bits a second to the user; 0 is no limit.</param>
/// <param name="Burst">How long a user that was silent may send faster than that, as time at the rate.</param>
public readonly record struct PolicyLimits(long UpBitsPerSecond, long DownBitsPerSecond, TimeSpan Burst)
{
    /// <summary>Least rate that a meter can hold.</summary>
    public const long RateMin = 8_000;

    /// <summary>Greatest rate that a meter can hold.</summary>
    public const long RateMax = 400_000_000_000;

    /// <summary>Shortest burst: the clock's step and a packet have to fit.</summary>
    public static readonly TimeSpan BurstMin = TimeSpan.FromMilliseconds(2);

    /// <summary>Longest burst.</summary>
    public static readonly TimeSpan BurstMax = TimeSpan.FromMinutes(1);

    /// <summary>No limit.</summary>
    public static readonly PolicyLimits None = new(0, 0, TimeSpan.FromMilliseconds(250));

    /// <summary>Whether a meter can hold them.</summary>
    public bool IsValid => IsRate(UpBitsPerSecond) && IsRate(DownBitsPerSecond) && Burst >= BurstMin && Burst <= BurstMax;

    private static bool IsRate(long bitsPerSecond) => bitsPerSecond is 0 or >= RateMin and <= RateMax;
}
