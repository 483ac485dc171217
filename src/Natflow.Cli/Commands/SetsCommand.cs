using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Natflow.Cli.Control;
using Natflow.Cli.Output;
using Natflow.Management.Control;
using Spectre.Console;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow sets</c>: named sets of a running gateway.</summary>
internal static class SetsCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "1 to 31 characters without blank and comma." };

    private static readonly Argument<string> Source = new("FILE")
    {
        Description = "An entry a line: an address, a net, first-last, a MAC, a port; # starts a comment. Standard input without it.",
        DefaultValueFactory = static _ => "-",
    };

    /// <summary>The command with its parts.</summary>
    internal static Command Make()
    {
        var command = new Command("sets", "List named sets, and what each comes from.") { ControlCommand.RunDirectory, ControlCommand.Json };
        command.SetAction(static (parsed, _) => ControlCommand.Show(parsed, "/v1/sets", ControlJson.Default.SetsModel, Print));
        var put = new Command("put", "Write a set's entries, in the place of those written before. Rules obey at once; the entries stay until they are removed.")
        {
            Name, Source, ControlCommand.RunDirectory, ControlCommand.Json,
        };
        put.SetAction(static (parsed, _) => ControlCommand.Guard(parsed, client => Put(parsed, client)));
        var remove = new Command("remove", "Take back what was written of a set; what configuration and kernel say of it stays.") { Name, ControlCommand.RunDirectory, ControlCommand.Json };
        remove.SetAction(static (parsed, _) => ControlCommand.Guard(parsed, async client => Show(parsed, await client.Delete($"/v1/sets/{Uri.EscapeDataString(parsed.GetValue(Name)!)}", ControlJson.Default.DeviceAnswerModel))));
        command.Add(put);
        command.Add(remove);
        return command;
    }

    private static async Task<int> Put(ParseResult parsed, ControlClient client)
    {
        string path = parsed.GetValue(Source)!;
        string text;
        try
        {
            text = path == "-" ? await Console.In.ReadToEndAsync() : await File.ReadAllTextAsync(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Terminal.Error(error.Message);
            return ExitCode.Failed;
        }

        return Show(parsed, await client.Put($"/v1/sets/{Uri.EscapeDataString(parsed.GetValue(Name)!)}", text, ControlJson.Default.DeviceAnswerModel));
    }

    private static int Show(ParseResult parsed, DeviceAnswerModel answer)
    {
        if (parsed.GetValue(ControlCommand.Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(answer, ControlJson.Default.DeviceAnswerModel));
        foreach (string error in answer.Errors)
            Terminal.Error(error);
        return answer.IsTaken ? ExitCode.Done : ExitCode.Usage;
    }

    private static void Print(SetsModel model)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("set", "ranges", "MACs", "from");
        foreach (LoadedSetModel set in model.Sets)
            table.AddTextRow(set.Name, set.Ranges.ToString("N0", CultureInfo.InvariantCulture), set.Macs.ToString("N0", CultureInfo.InvariantCulture), string.Join(", ", set.Sources));
        Terminal.Out.Write(table);
    }
}
