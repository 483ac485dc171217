using System.Globalization;
using Natflow.Cli.Demo;
using Natflow.Core;
using Natflow.Gateway.Replay;
using Natflow.Host.Replay;
using Spectre.Console;

namespace Natflow.Cli.Output;

/// <summary>The demo as tables: what the office did, what the gateway made of it, who was busiest.</summary>
internal static class DemoTables
{
    /// <summary>Prints the tables and what to try next.</summary>
    internal static void Print(OfficeLog log, ReplayOutcome outcome, ReplayOptions options, IReadOnlyList<VisitedName> visited, bool isKept)
    {
        Terminal.Out.Write(new Rule("[bold]A minute of an office behind Natflow[/]").LeftJustified());
        Terminal.Out.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"{OfficePlan.SubscriberCount} subscribers in 10.20.0.0/16, public 203.0.113.1 and .2, one forwarded port (udp {OfficePlan.ServerPort})");
        Terminal.Out.Write(new Columns(Applications(log), Users(outcome), Visited(visited)) { Expand = false });
        ReplayTables.Print(outcome, options with { OutputPath = isKept ? options.OutputPath : null });
        Terminal.Out.MarkupLine("NoMapping: strangers who knocked where nobody had asked for them.");
        Terminal.Out.MarkupLine("Next: [bold]natflow replay YOUR.pcap --out wan.pcap[/] sends your own capture through the same gateway; [bold]natflow demo --out DIR[/] keeps these.");
    }

    private static Table Applications(OfficeLog log)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("application").AddColumn(Number("talks")).AddColumn(Number("packets")).AddColumn(Number("bytes"));
        foreach ((string name, (int conversations, int packets, long bytes)) in log.Applications.OrderByDescending(static pair => pair.Value.Packets))
            table.AddRow(Markup.Escape(name), Figure(conversations), Figure(packets), Figure(bytes));
        return table;
    }

    private static Table Users(ReplayOutcome outcome)
    {
        Table table = new Table().Border(TableBorder.Rounded)
            .AddColumn("busiest subscribers").AddColumn("public address").AddColumn(Number("port blocks")).AddColumn(Number("bytes in")).AddColumn(Number("bytes out"));
        foreach (UserSummary user in outcome.Report.BusiestUsers)
        {
            table.AddRow(
                user.AddressText, user.PublicAddress is { } address ? Ipv4Prefix.ToText(address) : "-",
                Figure(user.BlockCount), Figure((long)user.BytesIn), Figure((long)user.BytesOut));
        }

        return table;
    }

    private static Table Visited(IReadOnlyList<VisitedName> visited)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("visited, by payload").AddColumn(Number("subscribers"))
            .AddColumn(Number("DNS")).AddColumn(Number("HTTP")).AddColumn(Number("TLS")).AddColumn(Number("QUIC"));
        foreach (VisitedName name in visited)
            table.AddRow(Markup.Escape(name.Name), Figure(name.SubscriberCount), Figure(name.DnsCount), Figure(name.HttpCount), Figure(name.TlsCount), Figure(name.QuicCount));
        return table;
    }

    private static TableColumn Number(string title) => new TableColumn(title).RightAligned();

    private static string Figure(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
