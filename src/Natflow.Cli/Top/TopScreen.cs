using System.Globalization;
using Natflow.Core;
using Natflow.Management.Api.Models;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Natflow.Cli.Top;

/// <summary>The screen of <c>natflow top</c>: 80 columns of 24 lines hold it, and wider ones show more.</summary>
internal static class TopScreen
{
    private const string Sparks = " ▁▂▃▄▅▆▇█";
    private const string SparkLabel = " the last minute";
    private const int LinesAround = 11;
    private const int RowsMin = 3;
    private const int FullMin = 80;
    private const int DropsShown = 4;

    /// <summary>Draws a sample.</summary>
    /// <param name="sample">The figures.</param>
    /// <param name="state">What the viewer has chosen.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="height">Its lines.</param>
    internal static IRenderable Make(TopSample sample, TopState state, int width, int height)
    {
        int rows = Math.Max(RowsMin, height - LinesAround);
        bool isNarrow = width < FullMin;
        return new Rows(
            Head(sample, state, isNarrow ? 1 : 4),
            Figures(sample.Now, isNarrow),
            Line(Drops(sample.Now?.Drops)),
            Line($"[teal]{Spark(sample.Rates, width - SparkLabel.Length)}[/][grey]{SparkLabel}[/]"),
            Text.Empty,
            TopTable.Make(sample, state, width, rows),
            Line($"[grey]{Caption(sample, state)}[/]"),
            Line(Message(state)),
            Line($"[grey]q[/] quit  [grey]f[/] flows  [grey]s[/] sort  [grey]/[/] filter  [grey]b[/] block  [grey]x[/] kick{(isNarrow ? string.Empty : "  [grey]↑↓[/] row  [grey]space[/] pause")}"));
    }

    /// <summary>A value a character, the greatest as high as the line; the newest where there are more than fit.</summary>
    internal static string Spark(IReadOnlyList<double> values, int widthMax = int.MaxValue)
    {
        IEnumerable<double> shown = values.Skip(Math.Max(0, values.Count - Math.Max(0, widthMax)));
        double most = shown.DefaultIfEmpty().Max();
        return string.Concat(shown.Select(value => Sparks[most <= 0 ? 0 : (int)Math.Ceiling(value / most * (Sparks.Length - 1))]));
    }

    /// <summary>A rate with its unit in three digits: <c>12.3 Mbit/s</c>.</summary>
    internal static string Scaled(double value, string unit)
    {
        string[] prefixes = ["", "k", "M", "G", "T"];
        int index = 0;
        for (; value >= 999.5 && index < prefixes.Length - 1; index++)
            value /= 1000;
        string format = index == 0 || value >= 99.95 ? "0" : value >= 9.995 ? "0.0" : "0.00";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {prefixes[index]}{unit}";
    }

    private static Markup Line(string markup) => new(markup.Length == 0 ? " " : markup) { Overflow = Overflow.Ellipsis };

    private static Markup Head(TopSample sample, TopState state, int addressesMax)
    {
        string addresses = Markup.Escape(string.Join(", ", sample.Status.PublicAddresses.Take(addressesMax)));
        string note = state.Problem.Length != 0 ? $"  [red]{Markup.Escape(state.Problem)}[/]" : state.IsPaused ? "  [yellow]paused[/]" : string.Empty;
        return Line($"[bold]natflow {Markup.Escape(sample.Status.Version)}[/]  {Markup.Escape(sample.Status.State)}  {addresses}{note}");
    }

    private static Table Figures(OverviewModel? now, bool isNarrow)
    {
        var table = new Table { Border = TableBorder.None, Expand = true };
        if (now is null)
            return table.AddColumn("[grey]throughput[/]").AddRow("waiting for the first second");
        (string Label, string Value)[] figures =
        [
            ("throughput", Scaled(now.BitsPerSecond, "bit/s")),
            ("packets", Scaled(now.PacketsOutPerSecond + now.PacketsInPerSecond, "/s")),
            ("flows", now.Flows.ToString("N0", CultureInfo.InvariantCulture)),
            ("new flows", Scaled(now.FlowsPerSecond, "/s")),
            ("subscribers", now.Users.ToString("N0", CultureInfo.InvariantCulture)),
            ("offload", string.Create(CultureInfo.InvariantCulture, $"{now.OffloadPercent:0.0} %")),
            ("drops", Scaled(now.DropsPerSecond, "/s")),
        ];
        (string Label, string Value)[] shown = [.. figures.Where(figure => !isNarrow || figure.Label is not ("new flows" or "subscribers"))];
        foreach ((string label, _) in shown)
            table.AddColumn(new TableColumn($"[grey]{label}[/]") { NoWrap = true, Padding = new Padding(0, 0, 1, 0) });
        return table.AddRow([.. shown.Select(static figure => $"[bold]{figure.Value}[/]")]);
    }

    private static string Drops(IReadOnlyDictionary<DropReason, ulong>? drops) => drops is null || drops.Count == 0
        ? "[grey]nothing dropped since the start[/]"
        : "[grey]dropped: " + string.Join("  ", drops.OrderByDescending(static drop => drop.Value).Take(DropsShown)
            .Select(static drop => string.Create(CultureInfo.InvariantCulture, $"{drop.Key} {drop.Value:N0}"))) + "[/]";

    private static string Caption(TopSample sample, TopState state)
    {
        long total = sample.Flows?.Total ?? sample.Users!.Total;
        string noun = sample.Flows is null ? "subscribers" : "flows";
        string filter = state.Filter.Length == 0 ? string.Empty : $", only {Markup.Escape(state.Filter)}";
        return string.Create(CultureInfo.InvariantCulture, $"{total:N0} {noun} by {state.Sort.TrimStart('-')}{filter}");
    }

    private static string Message(TopState state) =>
        state.Typing is { } typing ? $"only: {Markup.Escape(typing)}_  [grey]Enter sets it, Esc leaves it, empty shows all[/]"
        : state.Kicking is { } user ? $"[yellow]kick {Markup.Escape(user.Address)}? Its session and flows end.[/]  [grey]y does it, any other key leaves it[/]"
        : Markup.Escape(state.Message);
}
