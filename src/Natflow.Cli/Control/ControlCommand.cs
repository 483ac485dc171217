using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Natflow.Cli.Control;

/// <summary>What commands that ask a running gateway have in common.</summary>
internal static class ControlCommand
{
    private const string RunDirectoryDefault = "/run/natflow";

    /// <summary>Which gateway.</summary>
    internal static Option<string> RunDirectory { get; } = new("--run-dir")
    {
        Description = "The gateway's run directory, as its configuration names it.",
        HelpName = "DIR",
        DefaultValueFactory = static _ => RunDirectoryDefault,
    };

    /// <summary>For scripts.</summary>
    internal static Option<bool> Json { get; } = new("--json") { Description = "Print one JSON object." };

    /// <summary>Only flows or mappings with this address.</summary>
    internal static Option<string?> Address { get; } = new("--address") { Description = "Only with this address, at whichever end.", HelpName = "ADDR" };

    /// <summary>Only flows with this port.</summary>
    internal static Option<int?> Port { get; } = new("--port") { Description = "Only with this port, at whichever end.", HelpName = "PORT" };

    /// <summary>Only flows of this protocol.</summary>
    internal static Option<string?> Protocol { get; } = new("--protocol") { Description = "tcp, udp, icmp or a number.", HelpName = "PROTO" };

    /// <summary>Only flows that stand there with the PPE.</summary>
    internal static Option<string?> Offload { get; } = new("--offload")
    {
        Description = "Only flows that stand so with the PPE: Offloaded, or a reason why not, as 'natflow offload stats' lists them.",
        HelpName = "REASON",
    };

    /// <summary>Most rows.</summary>
    internal static Option<int> Limit { get; } = new("--limit")
    {
        Description = "Most rows, 1 to 10000.",
        HelpName = "N",
        DefaultValueFactory = static _ => 100,
    };

    /// <summary>Asks, and prints the answer as JSON or as a table.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="resource">Path and query.</param>
    /// <param name="type">JSON type of the answer.</param>
    /// <param name="print">Prints the table.</param>
    internal static Task<int> Show<T>(ParseResult parsed, string resource, JsonTypeInfo<T> type, Action<T> print) => Guard(parsed, async client =>
    {
        T answer = await client.Get(resource, type);
        if (parsed.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(answer, type));
        else
            print(answer);
        return ExitCode.Done;
    });

    /// <summary>Runs something with a client; what goes wrong becomes a message and an exit code.</summary>
    internal static async Task<int> Guard(ParseResult parsed, Func<ControlClient, Task<int>> run)
    {
        using var client = new ControlClient(parsed.GetValue(RunDirectory)!);
        try
        {
            return await run(client);
        }
        catch (ControlException error)
        {
            Terminal.Error(error.Message);
            return error.IsUsage ? ExitCode.Usage : ExitCode.Failed;
        }
    }

    /// <summary>The query string of the filter options that a command has.</summary>
    internal static string Query(ParseResult parsed)
    {
        var parts = new List<string>();
        if (parsed.CommandResult.Command.Options.Contains(Limit))
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"limit={parsed.GetValue(Limit)}"));
        if (parsed.GetValue(Address) is { } address)
            parts.Add($"address={Uri.EscapeDataString(address)}");
        if (parsed.GetValue(Port) is { } port)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"port={port}"));
        if (parsed.GetValue(Protocol) is { } protocol)
            parts.Add($"protocol={Uri.EscapeDataString(protocol)}");
        if (parsed.GetValue(Offload) is { } offload)
            parts.Add($"offload={Uri.EscapeDataString(offload)}");
        return string.Join('&', parts);
    }
}
