using System.Text;
using System.Text.Json;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Journal.Chain;

namespace Natflow.Cli.Audit;

/// <summary>Answers of the audit's commands for scripts: one object each.</summary>
internal static class AuditJson
{
    /// <summary>What <c>verify</c> found.</summary>
    /// <param name="count">Events looked at.</param>
    /// <param name="findings">What is wrong.</param>
    internal static string Format(long count, IReadOnlyList<ChainFinding> findings) => Write(json =>
    {
        json.WriteNumber("events", count);
        json.WriteStartArray("findings");
        foreach (ChainFinding finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("stream", finding.StreamId);
            json.WriteString("fault", finding.Fault.ToString().ToLowerInvariant());
            json.WriteNumber("number", finding.SequenceNr);
            json.WriteNumber("last", finding.LastNr);
            json.WriteString("text", finding.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>A count.</summary>
    internal static string Format(string name, long count) => Write(json => json.WriteNumber(name, count));

    /// <summary>What a journal holds.</summary>
    internal static string Format(JournalLocation location, JournalSummary summary) => Write(json =>
    {
        json.WriteString("engine", location.IsSqlite ? "sqlite" : "postgresql");
        json.WriteNumber("events", summary.EventCount);
        json.WriteNumber("bytes", summary.Bytes);
        if (summary.FirstTicks is { } first && summary.LastTicks is { } last)
        {
            json.WriteString("first", AuditTime.Text(first));
            json.WriteString("last", AuditTime.Text(last));
        }

        json.WriteStartArray("streams");
        foreach (ChainEnds ends in summary.Streams)
        {
            json.WriteStartObject();
            json.WriteString("stream", ends.StreamId);
            json.WriteNumber("anchor", ends.AnchorNr);
            json.WriteNumber("head", ends.HeadNr);
            json.WriteString("headLink", Convert.ToHexStringLower(ends.HeadLink));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Write(Action<Utf8JsonWriter> content)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
