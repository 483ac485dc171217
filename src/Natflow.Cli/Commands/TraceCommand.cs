using System.CommandLine;
using System.Text.Json;
using Natflow.Cli.Control;
using Natflow.Management.Control;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow trace</c>: packets of some flows, stage by stage, as they pass.</summary>
internal static class TraceCommand
{
    private static readonly Option<int> Count = new("--count")
    {
        Description = "Stop after this many packets; 0 goes on until interrupted.",
        HelpName = "N",
        DefaultValueFactory = static _ => 0,
    };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("trace", "Follow packets of a running gateway through every stage; their path stays as it is.")
        {
            ControlCommand.Address, ControlCommand.Port, ControlCommand.Protocol, Count, ControlCommand.RunDirectory, ControlCommand.Json,
        };
        command.SetAction(static (parsed, end) => ControlCommand.Guard(parsed, client => Run(parsed, client, end)));
        return command;
    }

    private static async Task<int> Run(ParseResult parsed, ControlClient client, CancellationToken end)
    {
        int left = parsed.GetValue(Count);
        Console.Error.WriteLine("waiting for packets; Ctrl-C ends");
        try
        {
            await foreach (string line in client.Lines($"/v1/trace?{ControlCommand.Query(parsed)}", end))
            {
                if (parsed.GetValue(ControlCommand.Json))
                    Console.Out.WriteLine(line);
                else if (JsonSerializer.Deserialize(line, ControlJson.Default.TraceModel) is { } trace)
                    Print(trace);
                if (left != 0 && --left == 0)
                    break;
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how a trace ends.
        }

        return ExitCode.Done;
    }

    private static void Print(TraceModel trace)
    {
        Console.Out.WriteLine($"{trace.TimeMs} {trace.Packet}");
        Console.Out.WriteLine($"  rx      {trace.Rx}");
        Console.Out.WriteLine($"  shard   {trace.Shard}");
        Console.Out.WriteLine($"  lookup  {trace.Lookup}");
        Console.Out.WriteLine($"  path    {trace.Path}: {trace.Verdict}{(trace.Drop is null ? string.Empty : $" ({trace.Drop})")}");
        if (trace.Flow is { } flow)
            Console.Out.WriteLine($"  flow    {flow.State}, {flow.Inside} = {flow.External} > {flow.Remote}, ends in {flow.ExpiresInSeconds:0} s");
        if (trace.Tx is { } tx)
            Console.Out.WriteLine($"  tx      {tx}");
    }
}
