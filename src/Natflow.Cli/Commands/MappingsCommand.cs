using System.CommandLine;
using System.Globalization;
using Natflow.Cli.Control;
using Natflow.Cli.Output;
using Natflow.Management.Control;
using Spectre.Console;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow mappings</c>: which inside endpoint has which public one.</summary>
internal static class MappingsCommand
{
    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("mappings", "List the mappings of a running gateway.") { ControlCommand.Address, ControlCommand.Limit, ControlCommand.RunDirectory, ControlCommand.Json };
        command.SetAction(static (parsed, _) =>
            ControlCommand.Show(parsed, $"/v1/mappings?{ControlCommand.Query(parsed)}", ControlJson.Default.MappingsModel, Print));
        return command;
    }

    private static void Print(MappingsModel model)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("proto", "inside", "public", "zone", "uses");
        foreach (MappingModel mapping in model.Mappings)
        {
            table.AddTextRow(
                mapping.Protocol,
                mapping.Inside,
                mapping.External,
                mapping.Zone.ToString(CultureInfo.InvariantCulture),
                mapping.Uses.ToString("N0", CultureInfo.InvariantCulture));
        }

        Terminal.Out.Write(table);
        if (model.HasMore)
            Terminal.Out.WriteLine("there are more mappings: name an address, or raise --limit");
    }
}
