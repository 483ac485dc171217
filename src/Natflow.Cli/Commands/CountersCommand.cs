using System.CommandLine;
using System.Globalization;
using Natflow.Cli.Control;
using Natflow.Core;
using Natflow.Management.Control;
using Spectre.Console;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow counters</c>: what a running gateway counted, drops by reason.</summary>
internal static class CountersCommand
{
    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("counters", "Show what a running gateway counted, drops by reason.") { ControlCommand.RunDirectory, ControlCommand.Json };
        command.SetAction(static (parsed, _) => ControlCommand.Show(parsed, "/v1/counters", ControlJson.Default.CountersModel, Print));
        return command;
    }

    private static void Print(CountersModel counters)
    {
        var packets = new Table { Border = TableBorder.Rounded };
        packets.AddColumns("packets", string.Empty);
        packets.Columns[1].RightAligned();
        AddRow(packets, "translated, in2out", counters.TranslatedOut);
        AddRow(packets, "translated, out2in", counters.TranslatedIn);
        AddRow(packets, "bytes translated", counters.TranslatedBytes);
        AddRow(packets, "forwarded as they are", counters.Untranslated);
        AddRow(packets, "hairpinned", counters.Hairpinned);
        AddRow(packets, "passed to the host", counters.PassedToHost);
        AddRow(packets, "lost before the gateway", counters.ReceiveLost);
        AddRow(packets, "flows opened", counters.FlowsOpened);
        AddRow(packets, "flows ended", counters.FlowsEnded);
        AddRow(packets, "flows", (ulong)counters.Flows);
        AddRow(packets, "mappings", (ulong)counters.Mappings);
        AddRow(packets, "subscribers", (ulong)counters.Users);
        AddRow(packets, "port blocks", (ulong)counters.PortBlocks);
        Terminal.Out.Write(packets);

        var drops = new Table { Border = TableBorder.Rounded };
        drops.AddColumns("drops by reason", string.Empty);
        drops.Columns[1].RightAligned();
        foreach ((DropReason reason, ulong count) in counters.Drops.OrderByDescending(static drop => drop.Value))
            AddRow(drops, reason.ToString(), count);
        Terminal.Out.Write(drops);
    }

    private static void AddRow(Table table, string name, ulong value) => table.AddRow(name, value.ToString("N0", CultureInfo.InvariantCulture));
}
