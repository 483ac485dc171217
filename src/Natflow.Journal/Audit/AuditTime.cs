using System.Globalization;

namespace Natflow.Journal.Audit;

/// <summary>Times as an auditor writes and reads them: ISO 8601, UTC unless it says otherwise.</summary>
public static class AuditTime
{
    /// <summary>A time as text.</summary>
    /// <param name="ticks">.NET ticks, UTC.</param>
    public static string Text(long ticks) => new DateTime(ticks, DateTimeKind.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads a time.</summary>
    /// <param name="text">Such as 2026-11-22T10:00:03Z.</param>
    /// <param name="ticks">.NET ticks, UTC.</param>
    public static bool TryParse(string text, out long ticks)
    {
        bool isTime = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time);
        ticks = time.UtcTicks;
        return isTime;
    }
}
