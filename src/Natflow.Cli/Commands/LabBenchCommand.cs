using System.CommandLine;
using Natflow.Cli.Bench;
using Natflow.Cli.Output;
using Natflow.Host.Lab;
using Natflow.Host.Lab.Bench;
using Natflow.Host.Lab.Bench.Takeover;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow lab bench SUITE</c>: figures between network namespaces, each beside a baseline of the same run.</summary>
internal static class LabBenchCommand
{
    private static readonly Argument<string> Suite = MakeSuite();

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    private static readonly Option<string> Filter = new("--filter") { Description = "Only cases whose name has this in it." };

    private static readonly Option<string[]> Faults = MakeFaults();

    private static readonly Option<int> Kills = new("--kills") { Description = "takeover: faults of each kind.", HelpName = "N", DefaultValueFactory = static _ => 20 };

    private static readonly Option<int> Connections = new("--connections") { Description = "takeover: TCP connections under it.", HelpName = "N", DefaultValueFactory = static _ => 2000 };

    private static readonly Option<int> Nodes = new("--nodes") { Description = "takeover: gateways, 2 or 3.", HelpName = "N", DefaultValueFactory = static _ => 2 };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("bench", "Measure in namespaces, beside the kernel's NAT or a limit. Leave the machine alone.") { Suite, Filter, Json, Faults, Kills, Connections, Nodes };
        command.SetAction(static (parsed, _) => LabCommand.Guard(end => Run(parsed, end)));
        return command;
    }

    private static Argument<string> MakeSuite()
    {
        var argument = new Argument<string>("SUITE") { Description = "forward, qos or takeover." };
        argument.AcceptOnlyFromAmong("forward", "qos", "takeover");
        return argument;
    }

    private static Option<string[]> MakeFaults()
    {
        var option = new Option<string[]>("--faults")
        {
            Description = "takeover: how a gateway goes: kill, pause, cut, drain; all without.",
            HelpName = "FAULT",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = static _ => [.. Enum.GetNames<TakeoverFault>().Select(static name => name.ToLowerInvariant())],
        };
        option.AcceptOnlyFromAmong([.. Enum.GetNames<TakeoverFault>().Select(static name => name.ToLowerInvariant())]);
        return option;
    }

    private static TakeoverPlan PlanOf(ParseResult parsed)
    {
        int kills = parsed.GetValue(Kills);
        int connections = parsed.GetValue(Connections);
        if (kills is < 1 or > 1000 || connections is < 1 or > 10_000)
            throw new LabException("--kills 1 to 1000, --connections 1 to 10000");
        TakeoverFault[] faults = [.. parsed.GetValue(Faults)!.Select(static name => Enum.Parse<TakeoverFault>(name, ignoreCase: true))];
        return new TakeoverPlan(faults, kills, connections, parsed.GetValue(Nodes));
    }

    private static Task<IReadOnlyList<ForwardFigure>> Measure(ParseResult parsed, string filter, CancellationToken end) => parsed.GetValue(Suite) switch
    {
        "qos" => QosBench.Run(filter, BenchProgress.Show, end),
        "takeover" => TakeoverBench.Run(PlanOf(parsed), BenchProgress.Show, end),
        _ => ForwardBench.Run(filter, BenchProgress.Show, end),
    };

    private static async Task<int> Run(ParseResult parsed, CancellationToken end)
    {
        LabRun.ThrowUnlessRoot();
        string filter = parsed.GetValue(Filter) ?? string.Empty;
        IReadOnlyList<ForwardFigure> figures = await Measure(parsed, filter, end);
        BenchRow[] rows = [.. figures.Select(static figure => new BenchRow(figure.Case, figure.Unit, figure.Measured, figure.Baseline))];
        if (parsed.GetValue(Json))
            Console.Out.WriteLine(BenchJson.Format(parsed.GetValue(Suite)!, rows));
        else
            BenchTable.Print(rows);
        return ExitCode.Done;
    }
}
