using Spectre.Console;

namespace Natflow.Cli.Output;

/// <summary>Rows of plain text: brackets, as in the address of an IPv6 endpoint, are no markup.</summary>
internal static class TextRows
{
    /// <summary>Adds a row of texts as they are.</summary>
    internal static Table AddTextRow(this Table table, params string[] cells)
    {
        table.AddRow([.. cells.Select(static cell => new Text(cell))]);
        return table;
    }
}
