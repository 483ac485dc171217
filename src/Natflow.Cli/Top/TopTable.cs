using System.Globalization;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;
using Spectre.Console;

namespace Natflow.Cli.Top;

/// <summary>The list of <c>natflow top</c>; columns that a narrow terminal has no room for are left out.</summary>
internal static class TopTable
{
    private const int WideMin = 120;

    /// <summary>Subscribers or flows, whichever the sample has.</summary>
    /// <param name="sample">The figures.</param>
    /// <param name="state">What the viewer has chosen; its row is brought back into the list.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="rows">Lines that there are for it.</param>
    internal static Table Make(TopSample sample, TopState state, int width, int rows)
    {
        int count = Math.Min(rows, sample.Flows?.Items.Count ?? sample.Users!.Items.Count);
        state.Row = Math.Clamp(state.Row, 0, Math.Max(0, count - 1));
        bool isWide = width >= WideMin;
        Table table = sample.Flows is { } flows ? Flows(flows, state, isWide, count) : Users(sample.Users!, state, isWide, count);
        for (int i = count; i < rows; i++)
            table.AddEmptyRow();
        return table;
    }

    private static Table Users(ListModel<SubscriberModel> list, TopState state, bool isWide, int count)
    {
        (string Label, bool IsNumber, bool IsWide, Func<SubscriberModel, string> Cell)[] columns =
        [
            ("subscriber", false, false, static user => user.Address),
            ("down now", true, false, static user => Rate((long)(user.User?.RxBitsPerSecond ?? 0))),
            ("up now", true, false, static user => Rate((long)(user.User?.TxBitsPerSecond ?? 0))),
            ("flows", true, false, static user => user.Flows.ToString("N0", CultureInfo.InvariantCulture)),
            ("received", true, false, static user => TopScreen.Scaled(user.BytesIn, "B")),
            ("sent", true, false, static user => TopScreen.Scaled(user.BytesOut, "B")),
            ("blocks", true, true, static user => user.Blocks.ToString("N0", CultureInfo.InvariantCulture)),
            ("public", false, true, static user => user.PublicAddress ?? "-"),
            ("limit down", true, true, static user => Rate(user.RateDown)),
            ("limit up", true, true, static user => Rate(user.RateUp)),
            ("", false, false, static user => user.IsBlocked ? "blocked" : string.Empty),
        ];
        return Fill([.. columns.Where(column => isWide || !column.IsWide)], list.Items.Take(count), state, static user => user.IsBlocked ? "red" : "default");
    }

    private static Table Flows(ListModel<FlowModel> list, TopState state, bool isWide, int count)
    {
        (string Label, bool IsNumber, bool IsWide, Func<FlowModel, string> Cell)[] columns =
        [
            ("proto", false, false, static flow => flow.Protocol),
            ("inside", false, false, static flow => flow.Inside),
            ("public", false, true, static flow => flow.External),
            ("other end", false, false, static flow => flow.Remote),
            ("state", false, true, static flow => flow.State),
            ("sent", true, false, static flow => TopScreen.Scaled(flow.BytesOut, "B")),
            ("received", true, false, static flow => TopScreen.Scaled(flow.BytesIn, "B")),
            ("offload", false, false, static flow => $"{flow.Offload}"),
        ];
        return Fill([.. columns.Where(column => isWide || !column.IsWide)], list.Items.Take(count), state, static _ => "default");
    }

    private static Table Fill<T>((string Label, bool IsNumber, bool IsWide, Func<T, string> Cell)[] columns, IEnumerable<T> rows, TopState state, Func<T, string> styleOf)
    {
        var table = new Table { Border = TableBorder.None, Expand = true };
        foreach ((string label, bool isNumber, _, _) in columns)
            table.AddColumn(new TableColumn($"[grey]{label}[/]") { NoWrap = true, Padding = new Padding(0, 0, 1, 0), Alignment = isNumber ? Justify.Right : Justify.Left });
        foreach ((int index, T row) in rows.Index())
        {
            string style = index == state.Row ? "invert" : styleOf(row);
            table.AddRow(columns.Select(column => new Markup($"[{style}]{Markup.Escape(column.Cell(row))}[/]") { Overflow = Overflow.Ellipsis }));
        }

        return table;
    }

    private static string Rate(long rate) => rate == 0 ? "-" : TopScreen.Scaled(rate, "bit/s");
}
