using System.Globalization;
using Natflow.Core;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Natflow.Cli.Top;

/// <summary>The screen of <c>natflow top</c>.</summary>
internal static class TopScreen
{
    private const string Sparks = " ▁▂▃▄▅▆▇█";
    private const int RowsAround = 15;
    private const int DropsShown = 4;

    /// <summary>Draws a sample.</summary>
    /// <param name="sample">The figures.</param>
    /// <param name="state">What the viewer has chosen.</param>
    /// <param name="height">Lines of the terminal.</param>
    internal static IRenderable Make(TopSample sample, TopState state, int height)
    {
        int rows = Math.Max(3, height - RowsAround);
        return new Rows(
            Markup.FromInterpolated($"[bold]natflow {sample.Status.Version}[/]  {sample.Status.State}  {string.Join(", ", sample.Status.PublicAddresses.Take(4))}{(state.IsPaused ? "  PAUSED" : string.Empty)}"),
            Figures(sample.Now),
            Markup.FromInterpolated($"[teal]{Spark(sample.Rates)}[/] [grey]throughput, the last minute[/]"),
            sample.Flows is { } flows ? Flows(flows, state, rows) : Users(sample.Users!, state, rows),
            Foot(state));
    }

    /// <summary>A value a character, the greatest as high as the line.</summary>
    internal static string Spark(IReadOnlyList<double> values)
    {
        double most = values.Count == 0 ? 0 : values.Max();
        return string.Concat(values.Select(value => Sparks[most <= 0 ? 0 : (int)Math.Ceiling(value / most * (Sparks.Length - 1))]));
    }

    /// <summary>A rate with its unit: <c>12.3 Mbit/s</c>.</summary>
    internal static string Scaled(double value, string unit)
    {
        string[] prefixes = ["", "k", "M", "G", "T"];
        int index = 0;
        for (; value >= 1000 && index < prefixes.Length - 1; index++)
            value /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {prefixes[index]}{unit}");
    }

    private static Grid Figures(OverviewModel? now)
    {
        var grid = new Grid().AddColumns(6);
        if (now is null)
            return grid.AddRow("waiting for the first second");
        grid.AddRow("[grey]throughput[/]", "[grey]packets[/]", "[grey]flows[/]", "[grey]subscribers[/]", "[grey]offload[/]", "[grey]drops[/]");
        grid.AddRow(
            $"[bold]{Scaled(now.BitsPerSecond, "bit/s")}[/]",
            $"[bold]{Scaled(now.PacketsOutPerSecond + now.PacketsInPerSecond, "/s")}[/]",
            string.Create(CultureInfo.InvariantCulture, $"[bold]{now.Flows:N0}[/] +{now.FlowsPerSecond:N0}/s"),
            string.Create(CultureInfo.InvariantCulture, $"[bold]{now.Users:N0}[/]"),
            string.Create(CultureInfo.InvariantCulture, $"[bold]{now.OffloadPercent:0.#} %[/]"),
            $"[bold]{Scaled(now.DropsPerSecond, "/s")}[/] [grey]{Drops(now.Drops)}[/]");
        return grid;
    }

    private static string Drops(IReadOnlyDictionary<DropReason, ulong> drops) => string.Join(", ", drops
        .OrderByDescending(static drop => drop.Value).Take(DropsShown)
        .Select(static drop => string.Create(CultureInfo.InvariantCulture, $"{drop.Key} {drop.Value:N0}")));

    private static Table Users(ListModel<SubscriberModel> list, TopState state, int rows)
    {
        Table table = NewTable("subscriber", "public", "flows", "blocks", "sent", "received", "up", "down", "");
        state.Row = Math.Clamp(state.Row, 0, Math.Max(0, Math.Min(rows, list.Items.Count) - 1));
        foreach ((int index, SubscriberModel user) in list.Items.Take(rows).Index())
        {
            string style = index == state.Row ? "invert" : user.IsBlocked ? "red" : "default";
            Add(table, style, user.Address, user.PublicAddress ?? "-", $"{user.Flows}", $"{user.Blocks}", Scaled(user.BytesOut, "B"), Scaled(user.BytesIn, "B"), Limit(user.RateUp), Limit(user.RateDown), user.IsBlocked ? "blocked" : string.Empty);
        }

        table.Caption = new TableTitle(string.Create(CultureInfo.InvariantCulture, $"{list.Total:N0} subscribers by {state.Sort.TrimStart('-')}"));
        return table;
    }

    private static Table Flows(ListModel<FlowModel> list, TopState state, int rows)
    {
        Table table = NewTable("proto", "inside", "public", "other end", "state", "sent", "received", "offload");
        state.Row = Math.Clamp(state.Row, 0, Math.Max(0, Math.Min(rows, list.Items.Count) - 1));
        foreach ((int index, FlowModel flow) in list.Items.Take(rows).Index())
            Add(table, index == state.Row ? "invert" : "default", flow.Protocol, flow.Inside, flow.External, flow.Remote, flow.State, Scaled(flow.BytesOut, "B"), Scaled(flow.BytesIn, "B"), $"{flow.Offload}");
        table.Caption = new TableTitle(string.Create(CultureInfo.InvariantCulture, $"{list.Total:N0} flows by {state.Sort.TrimStart('-')}"));
        return table;
    }

    private static Table NewTable(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Simple, Expand = true };
        foreach (string column in columns)
            table.AddColumn(new TableColumn(column) { NoWrap = true });
        return table;
    }

    private static void Add(Table table, string style, params string[] cells) => table.AddRow(cells.Select(cell => new Markup($"[{style}]{Markup.Escape(cell)}[/]")));

    private static string Limit(long rate) => rate == 0 ? "-" : Scaled(rate, "bit/s");

    private static Markup Foot(TopState state) => state.Typing is { } typing
        ? Markup.FromInterpolated($"filter: {typing}_  [grey]Enter sets it, Esc leaves it[/]")
        : Markup.FromInterpolated($"[grey]q quit  f flows/subscribers  s sort  / filter{(state.Filter.Length == 0 ? string.Empty : $" ({state.Filter})")}  ↑↓ row  b block/unblock  space pause[/]  {state.Message}");
}
