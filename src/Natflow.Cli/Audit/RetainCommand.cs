using System.CommandLine;
using System.Globalization;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Journal.Events;

namespace Natflow.Cli.Audit;

/// <summary><c>natflow audit retain</c>: removes what is past its time now, in place of waiting for the gateway to do so.</summary>
internal static class RetainCommand
{
    private static readonly Option<double?> Days = new("--days") { Description = "Keep events of so many days; default is journal.retention.age of --config.", HelpName = "DAYS" };
    private static readonly Option<long?> Bytes = new("--bytes") { Description = "Keep so many bytes of events; default is journal.retention.bytes of --config.", HelpName = "BYTES" };

    private const int DaysMax = 36_500;

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("retain", "Remove the oldest events by age or size; chains still verify, and what still holds stays known.") { Days, Bytes, AuditOptions.Journal, AuditOptions.Config, AuditOptions.Json };
        command.SetAction(static parsed => AuditOptions.Guard(parsed, place => Run(parsed, place)));
        return command;
    }

    private static int Run(ParseResult parsed, AuditPlace place)
    {
        if (parsed.GetValue(Days) is { } asked && !(asked >= 0 && asked <= DaysMax))
        {
            Terminal.Error($"--days: 0 to {DaysMax} are possible");
            return ExitCode.Usage;
        }

        if (parsed.GetValue(Bytes) < 0)
        {
            Terminal.Error("--bytes: 0, which sets no limit, or more is possible");
            return ExitCode.Usage;
        }

        var retention = new Retention(parsed.GetValue(Days) is { } days ? TimeSpan.FromDays(days) : place.Retention.AgeMax, parsed.GetValue(Bytes) ?? place.Retention.BytesMax);
        if (retention is { AgeMax: null, BytesMax: 0 })
        {
            Terminal.Error("say what to keep: --days DAYS, --bytes BYTES, or a --config with journal.retention");
            return ExitCode.Usage;
        }

        using IJournalStore store = place.Location.Open();
        JournalTrimmed? trimmed = retention.Apply(store, EventCatalogue.Default, TimeProvider.System.GetUtcNow().UtcTicks);
        if (trimmed is not null)
            AuditPlace.Record(store, trimmed);
        long count = trimmed?.Count ?? 0;
        Console.Out.WriteLine(parsed.GetValue(AuditOptions.Json) ? AuditJson.Format("removed", count) : string.Create(CultureInfo.InvariantCulture, $"{count} events removed"));
        return ExitCode.Done;
    }
}
