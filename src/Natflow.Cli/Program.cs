using System.CommandLine;
using Natflow.Cli;
using Natflow.Cli.Audit;
using Natflow.Cli.Commands;

var root = new RootCommand("Natflow, a NAT gateway for Linux.")
{
    DemoCommand.Make(),
    RunCommand.Make(),
    ReloadCommand.Make(),
    StatusCommand.Make(),
    FlowsCommand.Make(),
    MappingsCommand.Make(),
    UsersCommand.Make(),
    UserCommandLine.Make(),
    SetsCommand.Make(),
    CtlCommand.Make(),
    OffloadCommand.Make(),
    CountersCommand.Make(),
    TopCommand.Make(),
    TokenCommand.Make(),
    PortalCommand.Make(),
    DoctorCommand.Make(),
    TraceCommand.Make(),
    CheckConfigCommand.Make(),
    ReplayCommand.Make(),
    BenchCommand.Make(),
    LabCommand.Make(),
    ClusterCommand.Make(),
    NatTestCommand.Make(),
    AuditCommand.Make(),
};
root.Add(DocsCommands.MakeCompletion(root));
root.Add(DocsCommands.MakeManual(root));

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

Terminal.Error($"see '{(parsed.CommandResult.Command == root ? "natflow" : $"natflow {parsed.CommandResult.Command.Name}")} --help'");
return ExitCode.Usage;
