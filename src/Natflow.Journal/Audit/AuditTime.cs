using System.Globalization;

namespace Natflow.Journal.Audit;

/// <summary>Times as an auditor writes and reads them: ISO 8601, UTC unless it says otherwise.</summary>
public static class AuditTime
{
    // Other notations are refused, for two countries read 03/04/2026 as two days.
    private static readonly string[] Formats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>A time as text, in whole milliseconds.</summary>
    /// <param name="ticks">.NET ticks, UTC.</param>
    public static string Text(long ticks) => new DateTime(ticks, DateTimeKind.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads a time.</summary>
    /// <param name="text">Such as 2026-11-22T10:00:03Z or 2026-11-22T11:00:03.5+01:00.</param>
    /// <param name="ticks">.NET ticks, UTC.</param>
    public static bool TryParse(string text, out long ticks)
    {
        bool isTime = DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time);
        ticks = time.UtcTicks;
        return isTime;
    }

    /// <summary>The last moment that <see cref="Text"/> writes as it writes this one: what an answer says of a time is asked again by that text.</summary>
    /// <param name="ticks">.NET ticks, UTC.</param>
    public static long EndOfText(long ticks) => Math.Min(DateTime.MaxValue.Ticks, ticks - (ticks % TimeSpan.TicksPerMillisecond) + TimeSpan.TicksPerMillisecond - 1);
}
