using System.Globalization;
using Natflow.Cli.Bench;
using Spectre.Console;

namespace Natflow.Cli.Output;

/// <summary>Figures as a table.</summary>
internal static class BenchTable
{
    /// <summary>Prints one row a case.</summary>
    internal static void Print(IEnumerable<BenchRow> rows)
    {
        Table table = new Table().Border(TableBorder.Rounded)
            .AddColumn("case").AddColumn("unit")
            .AddColumn(new TableColumn("measured").RightAligned())
            .AddColumn(new TableColumn("baseline").RightAligned())
            .AddColumn(new TableColumn("ratio").RightAligned());
        foreach (BenchRow row in rows)
            table.AddRow(Markup.Escape(row.Case), row.Unit, Figure(row.Measured), Figure(row.Baseline), Figure(row.Ratio));
        Terminal.Out.Write(table);
    }

    private static string Figure(double? value) => value switch
    {
        null => string.Empty,
        >= 1000 => value.Value.ToString("N0", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("0.##", CultureInfo.InvariantCulture),
    };
}
