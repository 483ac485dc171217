using Natflow.Journal;

namespace Natflow.Cli.Bench.Journal;

/// <summary>Suite <c>journal</c>: how fast events become durable, and how fast a full journal answers. It builds its data itself.</summary>
internal static class JournalSuite
{
    /// <summary>Events in the store when questions are asked, unless told otherwise.</summary>
    internal const long EventsDefault = 2_000_000;

    private const int AppendMax = 400_000;
    private const int RawPostgreSqlMax = 100_000;

    /// <summary>Runs the suite.</summary>
    /// <param name="progress">Told what is being measured.</param>
    /// <param name="filter">Only cases whose name contains it: <c>sqlite append</c>, <c>sqlite forwarding</c>, <c>sqlite ask</c>, <c>postgresql append</c>.</param>
    /// <param name="events">Events in the store when questions are asked; 20,000,000 hold five million leases.</param>
    internal static async Task<IReadOnlyList<BenchRow>> Run(Action<string> progress, string filter, long events) =>
        [.. await RunSqlite(progress, filter, events), .. IsAsked("postgresql append", filter) ? await RunPostgreSql(progress, Turn(events)) : []];

    private static int Turn(long events) => (int)Math.Clamp(events / 4, 1, AppendMax);

    private static bool IsAsked(string name, string filter) => name.Contains(filter, StringComparison.Ordinal);

    private static async Task<IReadOnlyList<BenchRow>> RunSqlite(Action<string> progress, string filter, long events)
    {
        string directory = Directory.CreateTempSubdirectory("natflow-bench-").FullName;
        try
        {
            var rows = new List<BenchRow>();
            var sqlite = new JournalCase("sqlite", JournalLocation.OfFile(Path.Combine(directory, "journal.db")), directory, progress);
            if (IsAsked("sqlite append", filter))
            {
                using var raw = new RawInsertLoop(JournalLocation.OfFile(Path.Combine(directory, "raw.db")));
                rows.Add(await sqlite.Append(raw, Turn(events), Turn(events)));
            }

            if (IsAsked("sqlite forwarding", filter))
                rows.AddRange(await sqlite.BesideForwarding());
            if (IsAsked("sqlite ask", filter))
                rows.AddRange(await sqlite.Ask(events));
            return rows;
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
            using var raw = new RawInsertLoop(server.MakeDatabase("raw"));
            var postgres = new JournalCase("postgresql", server.MakeDatabase("natflow"), directory, progress);
            return [await postgres.Append(raw, Math.Min(appended, RawPostgreSqlMax), appended)];
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
