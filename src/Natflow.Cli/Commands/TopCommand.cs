using System.CommandLine;
using System.Text.Json;
using Natflow.Cli.Control;
using Natflow.Cli.Top;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow top</c>: rates, subscribers, flows, drops of a running gateway, live.</summary>
internal static class TopCommand
{
    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("top", "Watch a running gateway: rates, subscribers, flows, offload, drops. Keys are shown below.") { ControlCommand.RunDirectory, ControlCommand.Json };
        command.SetAction(static (parsed, end) => ControlCommand.Guard(parsed, client => Run(client, parsed.GetValue(ControlCommand.Json), end)));
        return command;
    }

    private static async Task<int> Run(ControlClient client, bool isJson, CancellationToken end)
    {
        if (isJson || Console.IsOutputRedirected)
        {
            TopSample sample = await TopSample.Take(client, new TopState());
            if (isJson)
                Console.Out.WriteLine(JsonSerializer.Serialize(sample, TopJson.Default.TopSample));
            else
                Terminal.Out.Write(TopScreen.Make(sample, new TopState(), Terminal.Out.Profile.Width, height: 40));
            return ExitCode.Done;
        }

        await new TopRun(client, TimeProvider.System).Execute(end);
        return ExitCode.Done;
    }
}
