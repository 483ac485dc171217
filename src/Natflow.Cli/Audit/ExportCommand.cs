using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Journal.Events;
using Natflow.Journal.Ipfix;

namespace Natflow.Cli.Audit;

/// <summary><c>natflow audit export</c>: events for other programs.</summary>
internal static class ExportCommand
{
    private static readonly Option<string> Format = MakeFormat();
    private static readonly Option<long?> From = AuditOptions.Time("--from", "Begin; default is the oldest event.");
    private static readonly Option<long?> To = AuditOptions.Time("--to", "End; default is now.");
    private static readonly Option<string?> Out = new("--out") { Description = "File; default is the output for jsonl.", HelpName = "FILE" };
    private static readonly Option<string?> Collector = new("--collector") { Description = "Where ipfix messages go, one a datagram.", HelpName = "IP:PORT" };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("export", "Export events as JSON lines, or NAT events as IPFIX (RFC 7011, RFC 8158).") { Format, From, To, Out, Collector, AuditOptions.Journal, AuditOptions.Config, AuditOptions.Json };
        AuditOptions.CheckOrder(command, From, To);
        command.SetAction(static parsed => AuditOptions.Guard(parsed, place => Run(parsed, place)));
        return command;
    }

    private static Option<string> MakeFormat()
    {
        var option = new Option<string>("--format") { Description = "jsonl or ipfix.", DefaultValueFactory = static _ => "jsonl" };
        option.AcceptOnlyFromAmong("jsonl", "ipfix");
        return option;
    }

    private static int Run(ParseResult parsed, AuditPlace place)
    {
        if (parsed.GetValue(Format) == "ipfix" && parsed.GetValue(Collector) is null && parsed.GetValue(Out) is null)
        {
            Terminal.Error("ipfix needs --out FILE or --collector IP:PORT");
            return ExitCode.Usage;
        }

        place.RecordQuestion($"export {parsed.GetValue(Format)}{AuditPlace.Text("from", parsed.GetValue(From))}{AuditPlace.Text("to", parsed.GetValue(To))}");
        using IJournalReader reader = place.Location.OpenReader();
        IEnumerable<JournalEntry> entries = place.Queries(reader).Replay(parsed.GetValue(From) ?? 1, parsed.GetValue(To) ?? DateTime.MaxValue.Ticks);
        if (parsed.GetValue(Format) == "jsonl")
            return WriteLines(entries, parsed.GetValue(Out));
        return parsed.GetValue(Collector) is { } collector ? SendMessages(parsed, entries, collector) : WriteMessages(parsed, entries, parsed.GetValue(Out)!);
    }

    private static int WriteLines(IEnumerable<JournalEntry> entries, string? path)
    {
        using TextWriter writer = path is null ? new StreamWriter(Console.OpenStandardOutput()) : new StreamWriter(path);
        foreach (JournalEntry entry in entries)
            writer.WriteLine(EventLine.Format(entry));
        return ExitCode.Done;
    }

    private static int WriteMessages(ParseResult parsed, IEnumerable<JournalEntry> entries, string path)
    {
        using FileStream file = File.Create(path);
        return Export(parsed, entries, new IpfixExport(message => file.Write(message.Span)));
    }

    private static int SendMessages(ParseResult parsed, IEnumerable<JournalEntry> entries, string collector)
    {
        if (!IPEndPoint.TryParse(collector, out IPEndPoint? endpoint) || endpoint.Port == 0)
        {
            Terminal.Error($"'{collector}' is no endpoint such as 192.0.2.1:4739");
            return ExitCode.Usage;
        }

        using var socket = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(endpoint);
        return Export(parsed, entries, new IpfixExport(message => socket.Send(message.Span)));
    }

    private static int Export(ParseResult parsed, IEnumerable<JournalEntry> entries, IpfixExport export)
    {
        foreach (JournalEntry entry in entries)
            export.Add(entry, EventCatalogue.Default.Decode(entry));
        export.Flush();
        if (parsed.GetValue(AuditOptions.Json))
            Console.Out.WriteLine(AuditJson.Format("records", export.RecordCount));
        else
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{export.RecordCount:N0} records"));
        return ExitCode.Done;
    }
}
