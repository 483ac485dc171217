using System.CommandLine;
using System.Text.Json;
using Natflow.Cli.Control;
using Natflow.Management.Control;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow reload</c>: a running gateway reads its configuration anew.</summary>
internal static class ReloadCommand
{
    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("reload", "Have a running gateway read its configuration again, and say what is in force now and what waits for a restart.")
        {
            ControlCommand.RunDirectory, ControlCommand.Json,
        };
        command.SetAction(static (parsed, _) => ControlCommand.Guard(parsed, client => Run(client, parsed.GetValue(ControlCommand.Json))));
        return command;
    }

    private static async Task<int> Run(ControlClient client, bool isJson)
    {
        ReloadResult result = await client.Post("/v1/reload", ControlJson.Default.ReloadResult);
        if (isJson)
            Console.Out.WriteLine(JsonSerializer.Serialize(result, ControlJson.Default.ReloadResult));
        else
            Print(result);
        return result.IsValid ? ExitCode.Done : ExitCode.Failed;
    }

    private static void Print(ReloadResult result)
    {
        foreach (string error in result.Errors)
            Console.Error.WriteLine(error);
        foreach (string key in result.Applied)
            Console.Out.WriteLine($"in force           {key}");
        foreach (string key in result.NeedRestart)
            Console.Out.WriteLine($"needs a restart    {key}");
        if (result is { IsValid: true, Applied.Count: 0, NeedRestart.Count: 0 })
            Console.Out.WriteLine("nothing has changed");
    }
}
