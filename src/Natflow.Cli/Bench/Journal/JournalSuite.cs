using Natflow.Journal;

namespace Natflow.Cli.Bench.Journal;

/// <summary>Suite <c>journal</c>: how fast events become durable, and how fast a full journal answers. It builds its data itself.</summary>
internal static class JournalSuite
{
    /// <summary>Events in the store when questions are asked, unless told otherwise.</summary>
    internal const long EventsDefault = 2_000_000;

    private const int AppendMax = 1_000_000;

    /// <summary>Runs the suite.</summary>
    /// <param name="progress">Told what is being measured.</param>
    /// <param name="filter">Only stores whose name contains it.</param>
    /// <param name="events">Events in the store when questions are asked; 20,000,000 hold five million leases.</param>
    internal static async Task<IReadOnlyList<BenchRow>> Run(Action<string> progress, string filter, long events)
    {
        var rows = new List<BenchRow>();
        int appended = (int)Math.Clamp(events / 2, 1, AppendMax);
        if ("sqlite".Contains(filter, StringComparison.Ordinal) || filter.Contains("sqlite", StringComparison.Ordinal))
            rows.AddRange(await RunSqlite(progress, appended, events));
        if ("postgresql".Contains(filter, StringComparison.Ordinal) || filter.Contains("postgresql", StringComparison.Ordinal))
            rows.AddRange(await RunPostgreSql(progress, appended));
        return rows;
    }

    private static async Task<IReadOnlyList<BenchRow>> RunSqlite(Action<string> progress, int appended, long events)
    {
        string directory = Directory.CreateTempSubdirectory("natflow-bench-").FullName;
        try
        {
            progress("sqlite raw insert loop");
            double raw = RawInsertLoop.Run(JournalLocation.OfFile(Path.Combine(directory, "raw.db")), appended);
            File.Delete(Path.Combine(directory, "raw.db"));
            var sqlite = new JournalCase("sqlite", JournalLocation.OfFile(Path.Combine(directory, "journal.db")), directory, progress);
            var append = new BenchRow("sqlite append", "event/s", await sqlite.Append(appended), raw);
            return [append, .. await sqlite.Ask(events)];
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<IReadOnlyList<BenchRow>> RunPostgreSql(Action<string> progress, int appended)
    {
        using BenchPostgreSql? server = BenchPostgreSql.TryStart($"/tmp/nf-bench-{Environment.ProcessId}", out string? missing);
        if (server is null)
        {
            Terminal.Warn($"no figures of PostgreSQL: {missing}");
            return [];
        }

        string directory = Directory.CreateTempSubdirectory("natflow-bench-").FullName;
        try
        {
            progress("postgresql raw insert loop");
            double raw = RawInsertLoop.Run(server.MakeDatabase("raw"), Math.Min(appended, 200_000));
            var postgres = new JournalCase("postgresql", server.MakeDatabase("natflow"), directory, progress);
            return [new BenchRow("postgresql append", "event/s", await postgres.Append(appended), raw)];
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
