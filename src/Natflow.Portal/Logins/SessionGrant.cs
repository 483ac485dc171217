using Natflow.Flows.Users;

namespace Natflow.Portal.Logins;

/// <summary>What a session may use up.</summary>
public sealed record SessionGrant
{
    /// <summary>Nothing is limited.</summary>
    public static SessionGrant Unlimited { get; } = new();

    /// <summary>How long it holds, seconds; 0 for no end.</summary>
    public long Seconds { get; init; }

    /// <summary>Time without traffic after which it ends, seconds; 0 for the gateway's own.</summary>
    public long IdleSeconds { get; init; }

    /// <summary>L3 bytes of both directions; 0 for no limit.</summary>
    public ulong VolumeBytes { get; init; }

    /// <summary>Most bit/s from the user; 0 for no limit.</summary>
    public long UpBitsPerSecond { get; init; }

    /// <summary>Most bit/s to the user; 0 for no limit.</summary>
    public long DownBitsPerSecond { get; init; }

    /// <summary>Devices at a time; 0 for no limit.</summary>
    public ushort DeviceCount { get; init; }

    /// <summary>Its rates as a meter takes them, the nearest that it can hold.</summary>
    public PolicyLimits Limits => new(Clamp(UpBitsPerSecond), Clamp(DownBitsPerSecond), PolicyLimits.None.Burst);

    /// <summary>What is said here, and for the rest what another says.</summary>
    public SessionGrant Over(SessionGrant other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new SessionGrant
        {
            Seconds = Seconds != 0 ? Seconds : other.Seconds,
            IdleSeconds = IdleSeconds != 0 ? IdleSeconds : other.IdleSeconds,
            VolumeBytes = VolumeBytes != 0 ? VolumeBytes : other.VolumeBytes,
            UpBitsPerSecond = UpBitsPerSecond != 0 ? UpBitsPerSecond : other.UpBitsPerSecond,
            DownBitsPerSecond = DownBitsPerSecond != 0 ? DownBitsPerSecond : other.DownBitsPerSecond,
            DeviceCount = DeviceCount != 0 ? DeviceCount : other.DeviceCount,
        };
    }

    // A limit that is less than a meter holds is the least one, never none.
    private static long Clamp(long rate) => rate == 0 ? 0 : Math.Clamp(rate, PolicyLimits.RateMin, PolicyLimits.RateMax);
}
