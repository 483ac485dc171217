using System.CommandLine;
using Natflow.Cli.Output;
using Natflow.Host.Settings;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow check-config</c>: every mistake of a configuration, without starting anything.</summary>
internal static class CheckConfigCommand
{
    private static readonly Option<string> Config = new("--config") { Description = "The configuration file.", HelpName = "FILE", Required = true };

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("check-config", "Check a configuration file: keys, types, ranges, contradictions.") { Config, Json };
        command.SetAction(static parsed => Run(parsed.GetValue(Config)!, parsed.GetValue(Json)));
        return command;
    }

    private static int Run(string path, bool json)
    {
        SettingsResult result = SettingsLoader.Load(path);
        if (json)
            Console.Out.WriteLine(CheckConfigJson.Format(path, result));
        else if (result.IsValid)
            SettingsTable.Print(path, result.Settings);
        else
            PrintErrors(result);
        return result.IsValid ? ExitCode.Done : ExitCode.Usage;
    }

    // As compilers write them, without a prefix, so that editors jump to the line.
    private static void PrintErrors(SettingsResult result)
    {
        foreach (SettingsError error in result.Errors)
            Console.Error.WriteLine(error);
    }
}
