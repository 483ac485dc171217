using System.CommandLine;
using Natflow.Host.Live;
using Natflow.Host.Settings;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow run</c>: the gateway, until SIGTERM.</summary>
internal static class RunCommand
{
    private static readonly Option<string> Config = new("--config") { Description = "The configuration file.", HelpName = "FILE", Required = true };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("run", "Run the gateway until SIGTERM; SIGHUP reads the configuration again, as natflow reload does.") { Config };
        command.SetAction(static (parsed, _) => Run(parsed.GetValue(Config)!));
        return command;
    }

    private static async Task<int> Run(string path)
    {
        SettingsResult loaded = SettingsLoader.Load(path);
        if (loaded.Settings is not { } settings)
        {
            foreach (SettingsError error in loaded.Errors)
                Console.Error.WriteLine(error);
            return ExitCode.Usage;
        }

        if (await new GatewayRun(path, settings, Console.Error, TimeProvider.System).Execute() is not { } failure)
            return ExitCode.Done;
        Terminal.Error(failure);
        return ExitCode.Failed;
    }
}
