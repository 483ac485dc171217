namespace Natflow.Journal.Audit;

/// <summary>A subscriber as the events up to a time make it.</summary>
/// <param name="User">Address.</param>
/// <param name="Zone">Zone.</param>
/// <param name="FirstSeenTicks">.NET ticks, UTC.</param>
public sealed record UserState(string User, int Zone, long FirstSeenTicks)
{
    /// <summary>Whether it is authenticated.</summary>
    public bool IsLoggedIn { get; init; }

    /// <summary>Its name, or null.</summary>
    public string? Login { get; init; }

    /// <summary>0 is no limit.</summary>
    public long UpBitsPerSecond { get; init; }

    /// <summary>0 is no limit.</summary>
    public long DownBitsPerSecond { get; init; }

    /// <summary>Of its policy; 0 before the first.</summary>
    public long PolicyGeneration { get; init; }

    /// <summary>forward or drop; null before the first policy.</summary>
    public string? Verdict { get; init; }
}
