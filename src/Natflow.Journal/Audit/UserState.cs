namespace Natflow.Journal.Audit;

/// <summary>A subscriber as the events up to a time make it.</summary>
/// <param name="User">Its first address.</param>
/// <param name="Zone">Zone.</param>
/// <param name="FirstSeenTicks">.NET ticks, UTC.</param>
public sealed record UserState(string User, int Zone, long FirstSeenTicks)
{
    /// <summary>Its other addresses; null for none.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>Link address that was last seen, or null.</summary>
    public string? Mac { get; init; }

    /// <summary>LAN interface that it was behind, or null.</summary>
    public string? Interface { get; init; }

    /// <summary>none, ok, bypass, required, vip or blocked; null where that is not on record.</summary>
    public string? Status { get; init; }

    /// <summary>How its rule lets subscribers in: unknown, auto or web; null where that is not on record.</summary>
    public string? Type { get; init; }

    /// <summary>Number of its rule, where it has a type.</summary>
    public int Rule { get; init; }

    /// <summary>Whether it has a login.</summary>
    public bool IsLoggedIn { get; init; }

    /// <summary>Its name, or null.</summary>
    public string? Login { get; init; }

    /// <summary>When its session ends, ISO 8601; null for no end.</summary>
    public string? EndsAt { get; init; }

    /// <summary>Whether it has rates of its own.</summary>
    public bool HasOwnLimits { get; init; }

    /// <summary>Whether these are of its session, and end with it.</summary>
    public bool HasSessionLimits { get; init; }

    /// <summary>0 is no limit.</summary>
    public long UpBitsPerSecond { get; init; }

    /// <summary>0 is no limit.</summary>
    public long DownBitsPerSecond { get; init; }

    /// <summary>Time at the rates that it may send faster after a silence.</summary>
    public long BurstMicroseconds { get; init; }

    /// <summary>Bytes of both directions that its session may use; 0 for no limit.</summary>
    public ulong VolumeBytesMax { get; init; }

    /// <summary>Its total when the session began.</summary>
    public ulong VolumeBaseBytes { get; init; }

    /// <summary>Addresses at a time; 0 for no limit.</summary>
    public int DeviceCountMax { get; init; }

    /// <summary>Bytes it sent, as of the last record.</summary>
    public ulong BytesOut { get; init; }

    /// <summary>Bytes it got, as of the last record.</summary>
    public ulong BytesIn { get; init; }

    /// <summary>Packets it sent, as of the last record.</summary>
    public ulong PacketsOut { get; init; }

    /// <summary>Packets it got, as of the last record.</summary>
    public ulong PacketsIn { get; init; }

    /// <summary>Of its policy; 0 where that is not on record.</summary>
    public long PolicyGeneration { get; init; }

    /// <summary>forward or drop; null where that is not on record.</summary>
    public string? Verdict { get; init; }
}
