using System.Globalization;
using Natflow.Host.Replay;
using Spectre.Console;

namespace Natflow.Cli.Output;

/// <summary>A replay as tables.</summary>
internal static class ReplayTables
{
    private const ulong RatePacketsMin = 1_000_000;

    /// <summary>Prints packets, drops by reason, and what the gateway kept.</summary>
    internal static void Print(ReplayOutcome outcome, ReplayOptions options)
    {
        Terminal.Out.Write(new Columns(Packets(outcome, options), Drops(outcome), Gateway(outcome, options)) { Expand = false });
        Terminal.Out.WriteLine(Speed(outcome));
        if (options.OutputPath is { } path)
            Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcome.WrittenCount:N0} packets written to {path}"));
    }

    // A short capture is over before the code is warm: a rate would speak of the start.
    private static string Speed(ReplayOutcome outcome)
    {
        TimingsJson timings = TimingsJson.Of(outcome);
        return outcome.Report.PacketCount < RatePacketsMin
            ? string.Create(CultureInfo.InvariantCulture, $"{timings.Seconds:F2} s from the first read to the last write")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{timings.Seconds:F2} s, {timings.PacketsPerSecond / 1e6:F2} million packets/s, {timings.NanosecondsPerPacket:F0} ns a packet, reading and writing files included");
    }

    private static Table Packets(ReplayOutcome outcome, ReplayOptions options)
    {
        var report = outcome.Report;
        Table table = Figures("packets")
            .Add("read", report.PacketCount);
        if (options.Observe)
            return table.Add("observed", report.Replay.Observed).Add("dropped", report.DropCount);
        return table
            .Add("translated, in2out", report.Counters.TranslatedOut)
            .Add("translated, out2in", report.Counters.TranslatedIn)
            .Add("  of which hairpinned", report.Counters.Hairpinned)
            .Add("forwarded as they are", report.Counters.Untranslated)
            .Add("passed to the host", report.Counters.PassedToHost)
            .Add("dropped", report.DropCount)
            .Add("answers compared", report.Replay.AnswersChecked)
            .Add("  of which wrong", report.Replay.AnswersWrong);
    }

    private static Table Drops(ReplayOutcome outcome)
    {
        Table table = Figures("drops by reason");
        foreach ((Core.DropReason reason, ulong count) in outcome.Report.Drops.OrderByDescending(static pair => pair.Value))
            table.Add(reason.ToString(), count);
        if (outcome.Report.Drops.Count == 0)
            table.Add("none", 0);
        return table;
    }

    private static Table Gateway(ReplayOutcome outcome, ReplayOptions options)
    {
        var report = outcome.Report;
        Table table = Figures("gateway");
        if (options.Observe)
            return table.Add("subscribers", (ulong)report.ObservedUserCount).Add("flows", report.Replay.Conversations);
        return table
            .Add("subscribers", report.Counters.UsersSeen)
            .Add("flows opened", report.Counters.FlowsOpened)
            .Add("  alive at the end", (ulong)report.Shard.FlowCount)
            .Add("mappings made", report.Counters.MappingsMade)
            .Add("port blocks leased", report.Counters.BlocksLeased)
            .Add("bytes translated", report.Counters.TranslatedBytes);
    }

    private static Table Figures(string title) =>
        new Table().Border(TableBorder.Rounded).AddColumn(title).AddColumn(new TableColumn(string.Empty).RightAligned());

    private static Table Add(this Table table, string name, ulong value) =>
        table.AddRow(Markup.Escape(name), value.ToString("N0", CultureInfo.InvariantCulture));
}
