using System.CommandLine;
using System.Globalization;
using Natflow.Cli.Control;
using Natflow.Management.Control;
using Spectre.Console;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow status</c>: what a running gateway is and how its ports really run.</summary>
internal static class StatusCommand
{
    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("status", "Show a running gateway: ports and their real modes, addresses, notes.") { ControlCommand.RunDirectory, ControlCommand.Json };
        command.SetAction(static (parsed, _) => ControlCommand.Show(parsed, "/v1/status", ControlJson.Default.GatewayStatus, Print));
        return command;
    }

    private static void Print(JournalModel journal)
    {
        string state = journal.IsSpilling ? "SPILLING" : "writing";
        Terminal.Out.MarkupLineInterpolated(
            $"journal {journal.Store}: {state}, {journal.Stored} events stored, {journal.Waiting} waiting, lag {journal.LagMs} ms, {journal.Spilled} spilled, {journal.Lost} lost, spill file {journal.SpillBytes} bytes");
        if ((journal.Problem ?? journal.LastProblem) is { } problem)
            Terminal.Out.MarkupLineInterpolated($"journal, {(journal.Problem is null ? "last problem" : "problem")} at {journal.LastProblemAt:yyyy-MM-dd HH:mm:ss}Z: {problem}");
    }

    private static void Print(GatewayStatus status)
    {
        Terminal.Out.MarkupLineInterpolated($"natflow {status.Version}, pid {status.ProcessId}, {status.State} since {status.StartedAt:yyyy-MM-dd HH:mm:ss}Z with {status.Config}");
        Terminal.Out.MarkupLineInterpolated($"{status.Workers} workers, {status.Shards} shards, public {string.Join(", ", status.PublicAddresses)}");
        if (status.Journal is { } journal)
            Print(journal);
        if (status.HostRules is { } hosts)
            Terminal.Out.MarkupLineInterpolated($"host rules: {hosts.Refused} flows refused{(hosts.NotKept == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {hosts.NotKept} whose host was not kept: a rule that comes later does not end them"))}");
        var ports = new Table { Border = TableBorder.Rounded };
        ports.AddColumns("port", "interface", "side", "zone", "mode", "queues", "counters");
        foreach (PortStatus port in status.Ports)
        {
            ports.AddRow(
                port.Index.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(port.Interface),
                port.Side,
                port.Zone.ToString(CultureInfo.InvariantCulture),
                port.Mode,
                Markup.Escape(string.Join('\n', port.Queues)),
                string.Join('\n', port.Counters.Where(static counter => counter.Value != 0).Select(static counter => string.Create(CultureInfo.InvariantCulture, $"{counter.Key} {counter.Value:N0}"))));
        }

        Terminal.Out.Write(ports);
        foreach (string note in status.Notes)
            Terminal.Out.MarkupLineInterpolated($"{note}");
    }
}
