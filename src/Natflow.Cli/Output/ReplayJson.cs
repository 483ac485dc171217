using System.Text.Json;
using System.Text.Json.Serialization;
using Natflow.Host.Replay;

namespace Natflow.Cli.Output;

/// <summary>The object that <c>replay --json</c> prints. Fields are only added, never renamed.</summary>
internal sealed record ReplayJson
{
    public required ulong Packets { get; init; }

    public required ulong Bytes { get; init; }

    public required ulong Translated { get; init; }

    public required ulong TranslatedOut { get; init; }

    public required ulong TranslatedIn { get; init; }

    public required ulong Untranslated { get; init; }

    public required ulong PassedToHost { get; init; }

    public required ulong Hairpinned { get; init; }

    public required ulong Observed { get; init; }

    public required ulong DroppedTotal { get; init; }

    /// <summary>Count by reason name.</summary>
    public required IReadOnlyDictionary<string, ulong> Dropped { get; init; }

    public required ulong Flows { get; init; }

    public required ulong Mappings { get; init; }

    public required ulong Users { get; init; }

    public required ulong PortBlocks { get; init; }

    /// <summary>Answers compared with what was recorded.</summary>
    public required ulong AnswersChecked { get; init; }

    /// <summary>Answers that came back other than recorded.</summary>
    public required ulong AnswersWrong { get; init; }

    public required ulong Written { get; init; }

    /// <summary>Always null: nothing offloads yet.</summary>
    public object? Offload => null;

    public required TimingsJson Timings { get; init; }

    public required IReadOnlyList<string> Errors { get; init; }

    /// <summary>One line of JSON.</summary>
    internal static string Format(ReplayOutcome outcome) => JsonSerializer.Serialize(Of(outcome), ReplayJsonContext.Default.ReplayJson);

    private static ReplayJson Of(ReplayOutcome outcome)
    {
        var report = outcome.Report;
        var counters = report.Counters;
        bool observed = report.Replay.Observed != 0;
        return new ReplayJson
        {
            Packets = report.PacketCount,
            Bytes = report.ByteCount,
            Translated = counters.TranslatedOut + counters.TranslatedIn,
            TranslatedOut = counters.TranslatedOut,
            TranslatedIn = counters.TranslatedIn,
            Untranslated = counters.Untranslated,
            PassedToHost = counters.PassedToHost,
            Hairpinned = counters.Hairpinned,
            Observed = report.Replay.Observed,
            DroppedTotal = report.DropCount,
            Dropped = report.Drops.ToDictionary(static pair => pair.Key.ToString(), static pair => pair.Value, StringComparer.Ordinal),
            Flows = observed ? report.Replay.Conversations : counters.FlowsOpened,
            Mappings = counters.MappingsMade,
            Users = observed ? (ulong)report.ObservedUserCount : counters.UsersSeen,
            PortBlocks = counters.BlocksLeased,
            AnswersChecked = report.Replay.AnswersChecked,
            AnswersWrong = report.Replay.AnswersWrong,
            Written = outcome.WrittenCount,
            Timings = TimingsJson.Of(outcome),
            Errors = [.. outcome.Errors.Select(static error => error.ToString()), .. outcome.Damage.Select(static damage => damage.ToString())],
        };
    }
}

/// <summary>How long it took.</summary>
internal sealed record TimingsJson(double Seconds, double PacketsPerSecond, double NanosecondsPerPacket)
{
    internal static TimingsJson Of(ReplayOutcome outcome)
    {
        double seconds = outcome.Elapsed.TotalSeconds;
        double packets = outcome.Report.PacketCount;
        return new TimingsJson(seconds, seconds > 0 ? packets / seconds : 0, packets > 0 ? seconds * 1e9 / packets : 0);
    }
}

/// <summary>Serialisation without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReplayJson))]
internal sealed partial class ReplayJsonContext : JsonSerializerContext;
