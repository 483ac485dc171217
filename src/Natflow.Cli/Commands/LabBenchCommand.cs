using System.CommandLine;
using Natflow.Cli.Bench;
using Natflow.Cli.Output;
using Natflow.Host.Lab;
using Natflow.Host.Lab.Bench;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow lab bench SUITE</c>: figures between network namespaces, each beside a baseline of the same run.</summary>
internal static class LabBenchCommand
{
    private static readonly Argument<string> Suite = MakeSuite();

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    private static readonly Option<string> Filter = new("--filter") { Description = "Only cases whose name has this in it." };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("bench", "Measure in namespaces, beside the kernel's NAT. Leave the machine alone.") { Suite, Filter, Json };
        command.SetAction(static (parsed, _) => LabCommand.Guard(end => Run(parsed, end)));
        return command;
    }

    private static Argument<string> MakeSuite()
    {
        var argument = new Argument<string>("SUITE") { Description = "forward or qos." };
        argument.AcceptOnlyFromAmong("forward", "qos");
        return argument;
    }

    private static async Task<int> Run(ParseResult parsed, CancellationToken end)
    {
        LabRun.ThrowUnlessRoot();
        string filter = parsed.GetValue(Filter) ?? string.Empty;
        IReadOnlyList<ForwardFigure> figures = parsed.GetValue(Suite) == "qos"
            ? await QosBench.Run(filter, BenchProgress.Show, end)
            : await ForwardBench.Run(filter, BenchProgress.Show, end);
        BenchRow[] rows = [.. figures.Select(static figure => new BenchRow(figure.Case, figure.Unit, figure.Measured, figure.Baseline))];
        if (parsed.GetValue(Json))
            Console.Out.WriteLine(BenchJson.Format(parsed.GetValue(Suite)!, rows));
        else
            BenchTable.Print(rows);
        return ExitCode.Done;
    }
}
