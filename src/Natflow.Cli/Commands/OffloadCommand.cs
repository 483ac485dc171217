using System.CommandLine;
using System.Globalization;
using Natflow.Cli.Control;
using Natflow.Flows.Offers;
using Natflow.Management.Control;
using Natflow.Offload.Model;
using Spectre.Console;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow offload</c>: what a running gateway's PPE forwards, and why it does not forward the rest.</summary>
internal static class OffloadCommand
{
    private static readonly Option<string?> Ppe = new("--ppe")
    {
        Description = "mtk prints the entries as a MediaTek chip would have them, as the kernel's debugfs file 'entries' does.",
        HelpName = "PPE",
    };

    private static readonly Option<string> Soc = new("--soc")
    {
        Description = "The chip for --ppe mtk: mt7621, mt7622, mt7623 (netsys v1), mt7981, mt7986 (v2), mt7988 (v3).",
        HelpName = "SOC",
        DefaultValueFactory = static _ => "mt7986",
    };

    /// <summary>The command with its subcommands.</summary>
    internal static Command Make() => new("offload", "Show what the PPE of a running gateway forwards.") { MakeShow(), MakeStats() };

    private static Command MakeShow()
    {
        var show = new Command("show", "List the flows that the PPE forwards.")
        {
            ControlCommand.Address, ControlCommand.Port, ControlCommand.Protocol, ControlCommand.Limit, ControlCommand.RunDirectory, ControlCommand.Json,
            Ppe, Soc,
        };
        Ppe.AcceptOnlyFromAmong("mtk");
        show.SetAction(static (parsed, _) => parsed.GetValue(Ppe) is not null ? ShowImage(parsed) : ControlCommand.Show(
            parsed, $"/v1/flows?{ControlCommand.Query(parsed)}&offload={nameof(OffloadReason.Offloaded)}", ControlJson.Default.FlowsModel, FlowsCommand.Print));
        return show;
    }

    private static Command MakeStats()
    {
        var stats = new Command("stats", "Show the PPE's figures, and flows by reason.") { ControlCommand.RunDirectory, ControlCommand.Json };
        stats.SetAction(static (parsed, _) => ControlCommand.Show(parsed, "/v1/offload", ControlJson.Default.OffloadModel, Print));
        return stats;
    }

    private static Task<int> ShowImage(ParseResult parsed) => ControlCommand.Show(
        parsed, $"/v1/offload/mtk?soc={Uri.EscapeDataString(parsed.GetValue(Soc)!)}", ControlJson.Default.FoeImageModel, PrintImage);

    // Several files are told apart as head does it.
    private static void PrintImage(FoeImageModel model)
    {
        for (int engine = 0; engine < model.Tables.Count; engine++)
        {
            if (model.Tables.Count > 1)
                Console.Out.WriteLine($"==> ppe{engine}/entries <==");
            Console.Out.Write(model.Tables[engine]);
        }

        foreach ((PpeResult reason, int count) in model.Refused)
            Terminal.Error($"{count} entries are not among these: {reason}");
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
        AddRow(figures, "bind delay p50 ms", model.BindDelayMedianMs);
        AddRow(figures, "bind delay p99 ms", model.BindDelayP99Ms);
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
