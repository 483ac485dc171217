using System.Globalization;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;
using Spectre.Console;

namespace Natflow.Cli.Top;

/// <summary>The list of <c>natflow top</c>; columns that a narrow terminal has no room for are left out.</summary>
internal static class TopTable
{
    private const int FullMin = 76;
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
        Table table = sample.Flows is { } flows ? Flows(flows, state, width, count) : Users(sample.Users!, state, width, count);
        for (int i = count; i < rows; i++)
            table.AddEmptyRow();
        return table;
    }

    private static Table Users(ListModel<SubscriberModel> list, TopState state, int width, int count)
    {
        int addressMax = width >= WideMin ? 39 : 17;
        Column<SubscriberModel>[] columns =
        [
            new("subscriber", 0, IsNumber: false, user => Short(user.Address, addressMax)),
            new("down now", 0, IsNumber: true, static user => Rate((long)(user.User?.RxBitsPerSecond ?? 0))),
            new("up now", FullMin, IsNumber: true, static user => Rate((long)(user.User?.TxBitsPerSecond ?? 0))),
            new("flows", 0, IsNumber: true, static user => user.Flows.ToString("N0", CultureInfo.InvariantCulture)),
            new("received", 0, IsNumber: true, static user => TopScreen.Scaled(user.BytesIn, "B")),
            new("sent", FullMin, IsNumber: true, static user => TopScreen.Scaled(user.BytesOut, "B")),
            new("blocks", WideMin, IsNumber: true, static user => user.Blocks.ToString("N0", CultureInfo.InvariantCulture)),
            new("public", WideMin, IsNumber: false, static user => user.PublicAddress ?? "-"),
            new("limit down", WideMin, IsNumber: true, static user => Rate(user.RateDown)),
            new("limit up", WideMin, IsNumber: true, static user => Rate(user.RateUp)),
            new("", 0, IsNumber: false, static user => user.IsBlocked ? "blocked" : string.Empty),
        ];
        return Fill([.. columns.Where(column => width >= column.WidthMin)], list.Items.Take(count), state, static user => user.IsBlocked ? "red" : "default");
    }

    private static Table Flows(ListModel<FlowModel> list, TopState state, int width, int count)
    {
        int endMax = width >= WideMin ? 32 : 21;
        int reasonMax = width >= WideMin ? 24 : 10;
        Column<FlowModel>[] columns =
        [
            new("proto", 0, IsNumber: false, static flow => flow.Protocol),
            new("inside", 0, IsNumber: false, flow => Short(flow.Inside, endMax)),
            new("public", WideMin, IsNumber: false, flow => Short(flow.External, endMax)),
            new("other end", 0, IsNumber: false, flow => Short(flow.Remote, endMax)),
            new("state", WideMin, IsNumber: false, static flow => flow.State),
            new("sent", FullMin, IsNumber: true, static flow => TopScreen.Scaled(flow.BytesOut, "B")),
            new("received", FullMin, IsNumber: true, static flow => TopScreen.Scaled(flow.BytesIn, "B")),
            new("offload", 0, IsNumber: false, flow => Short($"{flow.Offload}", reasonMax)),
        ];
        return Fill([.. columns.Where(column => width >= column.WidthMin)], list.Items.Take(count), state, static _ => "default");
    }

    private static Table Fill<T>(Column<T>[] columns, IEnumerable<T> rows, TopState state, Func<T, string> styleOf)
    {
        var table = new Table { Border = TableBorder.None, Expand = true };
        foreach (Column<T> column in columns)
            table.AddColumn(new TableColumn($"[grey]{column.Label}[/]") { NoWrap = true, Padding = new Padding(0, 0, 1, 0), Alignment = column.IsNumber ? Justify.Right : Justify.Left });
        foreach ((int index, T row) in rows.Index())
        {
            string style = index == state.Row ? "invert" : styleOf(row);
            table.AddRow(columns.Select(column => new Markup($"[{style}]{Markup.Escape(column.Cell(row))}[/]")));
        }

        return table;
    }

    // A line each: what is too long for its column loses its end.
    private static string Short(string text, int lengthMax) => text.Length <= lengthMax ? text : $"{text[..(lengthMax - 1)]}…";

    private static string Rate(long rate) => rate == 0 ? "-" : TopScreen.Scaled(rate, "bit/s");

    /// <summary>A column.</summary>
    private sealed record Column<T>(string Label, int WidthMin, bool IsNumber, Func<T, string> Cell);
}
