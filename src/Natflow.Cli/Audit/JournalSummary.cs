using System.CommandLine;
using System.Globalization;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Journal.Chain;
using Spectre.Console;

namespace Natflow.Cli.Audit;

/// <summary><c>natflow audit status</c>: what a journal holds.</summary>
/// <param name="EventCount">Events that are there, by the streams' own numbers.</param>
/// <param name="Bytes">On disk.</param>
/// <param name="FirstTicks">Time of the oldest event; null for none.</param>
/// <param name="LastTicks">Time of the newest event; null for none.</param>
/// <param name="Streams">Where each stream begins and ends.</param>
internal sealed record JournalSummary(long EventCount, long Bytes, long? FirstTicks, long? LastTicks, IReadOnlyList<ChainEnds> Streams)
{
    /// <summary>Runs the command.</summary>
    internal static int Print(ParseResult parsed, AuditPlace place)
    {
        using IJournalReader reader = place.Location.OpenReader();
        JournalSummary summary = Of(reader);
        if (parsed.GetValue(AuditOptions.Json))
            Console.Out.WriteLine(AuditJson.Format(place.Location, summary));
        else
            summary.Print();
        return ExitCode.Done;
    }

    private static JournalSummary Of(IJournalReader reader)
    {
        IReadOnlyList<ChainEnds> streams = reader.ReadEnds();
        long last = reader.ReadHighestOrdering();
        return new JournalSummary(
            streams.Sum(static ends => ends.HeadNr - ends.AnchorNr), reader.ReadSizeBytes(), reader.ReadAll(reader.ReadOldestOrdering(), last).FirstOrDefault()?.CreatedTicks,
            reader.ReadAll(last - 1, last).FirstOrDefault()?.CreatedTicks, streams);
    }

    private void Print()
    {
        string time = FirstTicks is { } first && LastTicks is { } last ? $", {AuditTime.Text(first)} to {AuditTime.Text(last)}" : string.Empty;
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{EventCount:N0} events{time}, {Bytes:N0} bytes"));
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("stream", "begins behind", "ends at", "link of its end");
        foreach (ChainEnds ends in Streams)
            table.AddRow(Markup.Escape(ends.StreamId), ends.AnchorNr.ToString(CultureInfo.InvariantCulture), ends.HeadNr.ToString(CultureInfo.InvariantCulture), Convert.ToHexStringLower(ends.HeadLink));
        Terminal.Out.Write(table);
    }
}
