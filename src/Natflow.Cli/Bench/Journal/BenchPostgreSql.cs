using System.Diagnostics;
using Natflow.Journal;
using Npgsql;

namespace Natflow.Cli.Bench.Journal;

/// <summary>Debian's PostgreSQL on a directory and a socket of its own, for a benchmark.</summary>
internal sealed class BenchPostgreSql : IDisposable
{
    private const string Versions = "/usr/lib/postgresql";

    private readonly string _directory;
    private readonly string _binaries;
    private readonly Process _server;

    private BenchPostgreSql(string directory, string binaries)
    {
        _directory = directory;
        _binaries = binaries;
        Directory.CreateDirectory(directory);
        Run("chown", "postgres", directory);
        AsPostgres("initdb", "-D", $"{directory}/data", "-A", "trust", "--no-sync");
        _server = Start();
    }

    /// <summary>Starts one.</summary>
    /// <param name="directory">Does not exist yet; short, for the socket's path is bounded.</param>
    /// <param name="missing">Why there is none.</param>
    internal static BenchPostgreSql? TryStart(string directory, out string? missing)
    {
        string? binaries = Directory.Exists(Versions)
            ? Directory.GetDirectories(Versions).Select(static version => $"{version}/bin").FirstOrDefault(static path => File.Exists($"{path}/postgres"))
            : null;
        missing = binaries is null ? "PostgreSQL is not installed" : Environment.UserName != "root" ? "PostgreSQL is started as the user postgres, which needs root" : null;
        return missing is null ? new BenchPostgreSql(directory, binaries!) : null;
    }

    /// <summary>A fresh database.</summary>
    internal JournalLocation MakeDatabase(string name)
    {
        using var connection = new NpgsqlConnection(To("postgres"));
        connection.Open();
        using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        create.ExecuteNonQuery();
        return JournalLocation.OfDatabase(To(name));
    }

    public void Dispose()
    {
        NpgsqlConnection.ClearAllPools();
        AsPostgres("pg_ctl", "-D", $"{_directory}/data", "-m", "immediate", "-w", "stop");
        _server.WaitForExit();
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private string To(string database) => $"Host={_directory};Username=postgres;Database={database}";

    private void AsPostgres(string program, params string[] arguments) => Run("runuser", ["-u", "postgres", "--", $"{_binaries}/{program}", .. arguments]);

    private Process Start()
    {
        Process server = Launch("runuser", ["-u", "postgres", "--", $"{_binaries}/postgres", "-D", $"{_directory}/data", "-k", _directory, "-c", "listen_addresses=", "-c", "max_wal_size=4GB", "-c", "shared_buffers=512MB"]);
        using var ready = new ManualResetEventSlim();
        server.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null || line.Data.Contains("ready to accept connections", StringComparison.Ordinal))
                ready.Set();
        };
        server.BeginErrorReadLine();
        ready.Wait();
        return server;
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Launch(program, arguments);
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new StoreUnavailableException($"{program} {string.Join(' ', arguments)}: {errors}");
    }

    private static Process Launch(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
