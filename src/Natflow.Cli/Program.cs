using System.CommandLine;
using Natflow.Cli;
using Natflow.Cli.Commands;

var root = new RootCommand("Natflow, a NAT gateway for Linux.")
{
    DemoCommand.Make(),
    ReplayCommand.Make(),
    BenchCommand.Make(),
    CheckConfigCommand.Make(),
};

if (args.Length == 0)
{
    await root.Parse(["--help"]).InvokeAsync();
    return ExitCode.Usage;
}

ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count == 0)
    return await parsed.InvokeAsync();

foreach (var error in parsed.Errors)
    Terminal.Error(error.Message);
Terminal.Error($"see '{(parsed.CommandResult.Command == root ? "natflow" : $"natflow {parsed.CommandResult.Command.Name}")} --help'");
return ExitCode.Usage;
