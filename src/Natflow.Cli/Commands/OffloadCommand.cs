using System.CommandLine;
using System.Globalization;
using Natflow.Cli.Control;
using Natflow.Flows.Offers;
using Natflow.Management.Control;
using Spectre.Console;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow offload</c>: what a running gateway's PPE forwards, and why it does not forward the rest.</summary>
internal static class OffloadCommand
{
    /// <summary>The command with its subcommands.</summary>
    internal static Command Make() => new("offload", "Show what the PPE of a running gateway forwards.") { MakeShow(), MakeStats() };

    private static Command MakeShow()
    {
        var show = new Command("show", "List the flows that the PPE forwards.")
        {
            ControlCommand.Address, ControlCommand.Port, ControlCommand.Protocol, ControlCommand.Limit, ControlCommand.RunDirectory, ControlCommand.Json,
        };
        show.SetAction(static (parsed, _) => ControlCommand.Show(
            parsed, $"/v1/flows?{ControlCommand.Query(parsed)}&offload={nameof(OffloadReason.Offloaded)}", ControlJson.Default.FlowsModel, FlowsCommand.Print));
        return show;
    }

    private static Command MakeStats()
    {
        var stats = new Command("stats", "Show the PPE's figures, and flows by reason.") { ControlCommand.RunDirectory, ControlCommand.Json };
        stats.SetAction(static (parsed, _) => ControlCommand.Show(parsed, "/v1/offload", ControlJson.Default.OffloadModel, Print));
        return stats;
    }

    private static void Print(OffloadModel model)
    {
        var figures = new Table { Border = TableBorder.Rounded };
        figures.AddColumns("engine", model.Engine);
        figures.Columns[1].RightAligned();
        figures.AddRow("entries", string.Create(CultureInfo.InvariantCulture, $"{model.Entries:N0} of {model.CapacityEntries:N0} ({model.OccupancyPercent} %)"));
        figures.AddRow("hit rate", string.Create(CultureInfo.InvariantCulture, $"{model.HitRatePercent} %"));
        AddRow(figures, "packets offloaded", (long)model.OffloadedPackets);
        AddRow(figures, "bytes offloaded", (long)model.OffloadedBytes);
        AddRow(figures, "binds a second", (long)model.BindsPerSecond);
        AddRow(figures, "bound", (long)model.Bound);
        AddRow(figures, "refused", (long)model.Refused);
        AddRow(figures, "unbound", (long)model.Unbound);
        AddRow(figures, "evicted", (long)model.Evicted);
        AddRow(figures, "stale", (long)model.Stale);
        AddRow(figures, "adopted", (long)model.Adopted);
        AddRow(figures, "lost", (long)model.Lost);
        AddRow(figures, "offers delayed", (long)model.Delayed);
        Terminal.Out.Write(figures);

        var reasons = new Table { Border = TableBorder.Rounded };
        reasons.AddColumns("flows by reason", string.Empty);
        reasons.Columns[1].RightAligned();
        foreach ((OffloadReason reason, long count) in model.Reasons.OrderByDescending(static pair => pair.Value))
            AddRow(reasons, reason.ToString(), count);
        Terminal.Out.Write(reasons);
    }

    private static void AddRow(Table table, string name, long value) => table.AddRow(name, value.ToString("N0", CultureInfo.InvariantCulture));
}
