using System.CommandLine;
using Natflow.Cli.Audit;
using Natflow.Cli.Commands;

namespace Natflow.Cli;

/// <summary>The commands. One that is asked for by its name is made alone: the others' options would cost a short command a good part of its time.</summary>
internal static class CommandTree
{
    private static readonly (string Name, Func<Command> Make)[] Makers =
    [
        ("demo", DemoCommand.Make),
        ("run", RunCommand.Make),
        ("reload", ReloadCommand.Make),
        ("status", StatusCommand.Make),
        ("flows", FlowsCommand.Make),
        ("mappings", MappingsCommand.Make),
        ("users", UsersCommand.Make),
        ("user", UserCommandLine.Make),
        ("sets", SetsCommand.Make),
        ("ctl", CtlCommand.Make),
        ("offload", OffloadCommand.Make),
        ("counters", CountersCommand.Make),
        ("top", TopCommand.Make),
        ("token", TokenCommand.Make),
        ("portal", PortalCommand.Make),
        ("doctor", DoctorCommand.Make),
        ("trace", TraceCommand.Make),
        ("check-config", CheckConfigCommand.Make),
        ("replay", ReplayCommand.Make),
        ("bench", BenchCommand.Make),
        ("lab", LabCommand.Make),
        ("cluster", ClusterCommand.Make),
        ("nat-test", NatTestCommand.Make),
        ("audit", AuditCommand.Make),
    ];

    /// <summary>Names of the commands that can be made alone.</summary>
    internal static IEnumerable<string> Names => Makers.Select(static maker => maker.Name);

    /// <summary>The root with the command that the arguments name, else with all commands.</summary>
    /// <param name="arguments">Of the command line.</param>
    internal static RootCommand For(IReadOnlyList<string> arguments)
    {
        var root = new RootCommand("Natflow, a NAT gateway for Linux.");
        int named = arguments.Count == 0 ? -1 : Array.FindIndex(Makers, maker => maker.Name == arguments[0]);
        if (named >= 0)
        {
            root.Add(Makers[named].Make());
            return root;
        }

        foreach ((_, Func<Command> make) in Makers)
            root.Add(make());
        root.Add(DocsCommands.MakeCompletion(root));
        root.Add(DocsCommands.MakeManual(root));
        return root;
    }
}
