using System.Diagnostics;
using Npgsql;

namespace Natflow.Journal.Tests.Stores;

/// <summary>Debian's PostgreSQL on a directory and a socket of its own, for the tests of this process.</summary>
internal sealed class PostgreSqlServer : IDisposable
{
    private static readonly Lazy<PostgreSqlServer> Started = new(static () => new PostgreSqlServer());

    private readonly string _directory = $"/tmp/nf-pg-{Environment.ProcessId}";
    private Process? _server;

    private PostgreSqlServer()
    {
        Directory.CreateDirectory(_directory);
        Run("chown", "postgres", _directory);
        Run("runuser", "-u", "postgres", "--", $"{Binaries}/initdb", "-D", $"{_directory}/data", "-A", "trust", "--no-sync");
        Start();
    }

    /// <summary>Why there is none, or null.</summary>
    internal static string? Missing { get; } = Find() is null
        ? "PostgreSQL is not installed (apt-get install postgresql)"
        : Environment.UserName != "root" ? "needs root, to run PostgreSQL as the user postgres" : null;

    internal static PostgreSqlServer Instance => Started.Value;

    internal static void StopIfStarted()
    {
        if (Started.IsValueCreated)
            Started.Value.Dispose();
    }

    private static string Binaries => Find()!;

    /// <summary>A fresh database.</summary>
    internal string MakeDatabase()
    {
        string name = $"t{Guid.NewGuid():N}";
        using NpgsqlDataSource source = NpgsqlDataSource.Create(To("postgres"));
        using NpgsqlCommand create = source.CreateCommand($"CREATE DATABASE {name}");
        create.ExecuteNonQuery();
        return To(name);
    }

    internal void Kill()
    {
        Run("runuser", "-u", "postgres", "--", $"{Binaries}/pg_ctl", "-D", $"{_directory}/data", "-m", "immediate", "-w", "stop");
        _server!.WaitForExit();
        _server.Dispose();
        _server = null;
    }

    internal void Start()
    {
        var start = new ProcessStartInfo("runuser") { RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in new[] { "-u", "postgres", "--", $"{Binaries}/postgres", "-D", $"{_directory}/data", "-k", _directory, "-c", "listen_addresses=", "-c", "log_checkpoints=off", "-c", "max_wal_size=2GB" })
            start.ArgumentList.Add(argument);
        _server = Process.Start(start)!;
        using var ready = new ManualResetEventSlim();
        _server.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null || line.Data.Contains("ready to accept connections", StringComparison.Ordinal))
                ready.Set();
        };
        _server.BeginErrorReadLine();
        ready.Wait();
        NpgsqlConnection.ClearAllPools();
    }

    public void Dispose()
    {
        if (_server is not null)
            Kill();
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }

    private static string? Find() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(static version => $"{version}/bin").FirstOrDefault(static path => File.Exists($"{path}/postgres"))
        : null;

    private static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors}");
    }

    private string To(string database) => $"Host={_directory};Username=postgres;Database={database};Maximum Pool Size=8";
}
