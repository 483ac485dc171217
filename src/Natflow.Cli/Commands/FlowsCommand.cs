using System.CommandLine;
using System.Globalization;
using Natflow.Cli.Control;
using Natflow.Cli.Output;
using Natflow.Management.Control;
using Spectre.Console;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow flows</c>: the living flows of a running gateway.</summary>
internal static class FlowsCommand
{
    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("flows", "List the flows of a running gateway.")
        {
            ControlCommand.Address, ControlCommand.Port, ControlCommand.Protocol, ControlCommand.Offload, ControlCommand.Limit, ControlCommand.RunDirectory, ControlCommand.Json,
        };
        command.SetAction(static (parsed, _) =>
            ControlCommand.Show(parsed, $"/v1/flows?{ControlCommand.Query(parsed)}", ControlJson.Default.FlowsModel, Print));
        return command;
    }

    /// <summary>Prints flows as a table.</summary>
    internal static void Print(FlowsModel model)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("proto", "inside", "public", "other end", "state", "packets out", "packets in", "bytes out", "bytes in", "idle", "ends in", "offload");
        foreach (FlowModel flow in model.Flows)
        {
            table.AddTextRow(
                flow.Protocol,
                flow.Inside,
                flow.External,
                flow.Remote,
                flow.State,
                Number(flow.PacketsOut),
                Number(flow.PacketsIn),
                Number(flow.BytesOut),
                Number(flow.BytesIn),
                Seconds(flow.IdleSeconds),
                Seconds(flow.ExpiresInSeconds),
                flow.Offload.ToString());
        }

        Terminal.Out.Write(table);
        if (model.HasMore)
            Terminal.Out.WriteLine("more flows match: narrow the question, or raise --limit");
    }

    private static string Number(ulong value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.0} s");
}
