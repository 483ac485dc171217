using System.CommandLine;
using Natflow.Cli.Bench;
using Natflow.Cli.Bench.Actors;
using Natflow.Cli.Bench.Api;
using Natflow.Cli.Bench.Cluster;
using Natflow.Cli.Bench.Inspect;
using Natflow.Cli.Bench.Journal;
using Natflow.Cli.Bench.Pipeline;
using Natflow.Cli.Bench.Policy;
using Natflow.Cli.Output;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow bench SUITE</c>: figures, each beside a baseline of the same run.</summary>
internal static class BenchCommand
{
    private static readonly Argument<string> Suite = MakeSuite();

    private static readonly Option<string> Filter = new("--filter")
    {
        Description = "Only cases whose name contains this text.",
        HelpName = "TEXT",
        DefaultValueFactory = static _ => string.Empty,
    };

    private static readonly Option<long> Events = new("--events")
    {
        Description = "Suite journal: events in the store when it is asked; 20000000 hold five million leases and take some gigabytes.",
        HelpName = "N",
        DefaultValueFactory = static _ => JournalSuite.EventsDefault,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("bench", "Measure, without privileges. Build with -c Release and leave the machine alone.") { Suite, Filter, Events, Json };
        command.SetAction(static (parsed, _) => Run(parsed));
        return command;
    }

    private static Argument<string> MakeSuite()
    {
        var argument = new Argument<string>("SUITE") { Description = "pipeline, actors, inspect, policy, journal, api or cluster." };
        argument.AcceptOnlyFromAmong("pipeline", "actors", "inspect", "policy", "journal", "api", "cluster");
        return argument;
    }

    private static async Task<int> Run(ParseResult parsed)
    {
        string suite = parsed.GetValue(Suite)!;
        string filter = parsed.GetValue(Filter)!;
        IReadOnlyList<BenchRow> rows = suite switch
        {
            "actors" => await ActorSuite.Run(BenchProgress.Show),
            "cluster" => await ClusterSuite.Run(BenchProgress.Show),
            "api" => await ApiSuite.Run(BenchProgress.Show),
            "journal" => await JournalSuite.Run(BenchProgress.Show, filter, parsed.GetValue(Events)),
            "policy" => await PolicySuite.Run(BenchProgress.Show, filter),
            "inspect" => await InspectSuite.Run(BenchProgress.Show, filter),
            _ => await PipelineSuite.Run(BenchProgress.Show, filter),
        };
        BenchRow[] shown = [.. rows.Where(row => suite is not ("actors" or "api" or "cluster") || row.Case.Contains(filter, StringComparison.Ordinal))];
        if (parsed.GetValue(Json))
            Console.Out.WriteLine(BenchJson.Format(suite, shown));
        else
            BenchTable.Print(shown);
        return ExitCode.Done;
    }
}
