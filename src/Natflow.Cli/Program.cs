using System.CommandLine;
using Natflow.Cli;

RootCommand root = CommandTree.For(args);

// Each command minds its own signals; the library's handler throws where one comes after the end.
var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null };

if (args.Length == 0)
{
    await root.Parse(["--help"]).InvokeAsync(invocation);
    return ExitCode.Usage;
}

ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count == 0)
    return await parsed.InvokeAsync(invocation);

if (parsed.CommandResult.Command == root && !args[0].StartsWith('-'))
{
    Terminal.Error($"'{args[0]}' is no command; there are {string.Join(", ", root.Subcommands.Select(static command => command.Name))}");
}
else
{
    foreach (var error in parsed.Errors)
        Terminal.Error(error.Message);
}

Terminal.Error($"see '{PathOf(parsed.CommandResult)} --help'");
return ExitCode.Usage;

static string PathOf(System.CommandLine.Parsing.CommandResult command) =>
    command.Parent is System.CommandLine.Parsing.CommandResult parent ? $"{PathOf(parent)} {command.Command.Name}" : "natflow";
