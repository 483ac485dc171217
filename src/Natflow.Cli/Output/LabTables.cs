using System.Globalization;
using Natflow.Host.Lab;
using Spectre.Console;

namespace Natflow.Cli.Output;

/// <summary>A lab as a table.</summary>
internal static class LabTables
{
    /// <summary>Prints the hosts, and what to try next.</summary>
    internal static void Print(LabStatus status)
    {
        Terminal.Out.MarkupLineInterpolated($"lab [bold]{status.Name}[/]: {status.State}{(status.GatewayProcessId is { } id ? string.Create(CultureInfo.InvariantCulture, $", gateway pid {id}") : string.Empty)}");
        if (status.Hosts.Count == 0)
        {
            Terminal.Out.WriteLine("build it with 'natflow lab up'");
            return;
        }

        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("host", "addresses", "processes", "enter with");
        foreach (LabHost host in status.Hosts)
        {
            table.AddRow(
                host.Host,
                string.Join('\n', host.Addresses),
                host.Processes.Count.ToString(CultureInfo.InvariantCulture),
                host.Enter);
        }

        Terminal.Out.Write(table);
        if (status.Missing.Count > 0)
            Terminal.Out.MarkupLineInterpolated($"not installed, so not served: {string.Join(", ", status.Missing)}");
        Terminal.Out.MarkupLineInterpolated($"gateway: natflow status --run-dir {status.RunDirectory}");
        Terminal.Out.MarkupLineInterpolated($"try:     {status.Hosts[0].Enter[..^"bash".Length]}curl http://{LabPlan.HostX}/");
    }
}
