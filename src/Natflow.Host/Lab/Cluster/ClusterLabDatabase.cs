using System.Diagnostics;
using System.Globalization;

namespace Natflow.Host.Lab.Cluster;

/// <summary>The journal of all gateways of a lab of several: Debian's PostgreSQL on a directory and in a namespace of its own.</summary>
internal sealed class ClusterLabDatabase
{
    private const string Versions = "/usr/lib/postgresql";
    private const string Account = "postgres";
    private const string ReadyLine = "database system is ready to accept connections";

    private readonly string _namespace;
    private readonly string _folder;
    private readonly TimeProvider _clock;

    /// <summary>Prepares; nothing is made yet.</summary>
    /// <param name="name">Its namespace.</param>
    /// <param name="folder">Where it keeps what it has.</param>
    /// <param name="clock">Time.</param>
    internal ClusterLabDatabase(string name, string folder, TimeProvider clock)
    {
        _namespace = name;
        _folder = folder;
        _clock = clock;
    }

    /// <summary>Folder of the programs; null where it is not installed.</summary>
    internal static string? Programs => Directory.Exists(Versions)
        ? Directory.GetDirectories(Versions).Order(StringComparer.Ordinal).Select(static version => $"{version}/bin").LastOrDefault(static path => File.Exists($"{path}/postgres"))
        : null;

    /// <summary>What the gateways connect with.</summary>
    internal static string Connection => $"Host={ClusterLabPlan.Database};Username={Account};Database={Account};Timeout=2";

    private string LogPath => $"{_folder}.log";

    /// <summary>Makes an empty one.</summary>
    internal void Make()
    {
        Directory.CreateDirectory(_folder);
        _ = LabTool.Run(["chown", Account, _folder]);
        _ = As("initdb", "-D", _folder, "-A", "trust", "--no-sync");
        File.AppendAllText(Path.Combine(_folder, "pg_hba.conf"), $"host all all {ClusterLabPlan.ControlPrefix} trust\n"); // Nobody else reaches the lab's network.
    }

    /// <summary>Starts it, again or for the first time, and waits until it takes connections.</summary>
    /// <exception cref="LabException">It does not.</exception>
    internal async Task Start(CancellationToken cancellation)
    {
        int before = ReadyCount();
        Process server = LabProcess.Start(_namespace, LogPath,
        [
            "runuser", "-u", Account, "--", $"{Programs}/postgres", "-D", _folder, "-k", _folder, "-c", $"listen_addresses={ClusterLabPlan.Database}", "-c", "log_checkpoints=off", "-c", "fsync=off",
        ]);
        await LabWait.For("PostgreSQL", LogPath, [server], () => ReadyCount() > before, _clock, cancellation);
    }

    /// <summary>Ends it at once, as when its machine crashes; what it had stored is there again when it is started.</summary>
    internal void Kill()
    {
        if (Programs is not null && File.Exists(Path.Combine(_folder, "postmaster.pid")))
            _ = As("pg_ctl", "-D", _folder, "-m", "immediate", "-w", "stop"); // It takes its shared memory with it, which a killed one would leave.
    }

    private static (int ExitCode, string Output, string Error) As(string program, params string[] arguments)
    {
        (int ExitCode, string Output, string Error) result = LabTool.TryRun(["runuser", "-u", Account, "--", $"{Programs}/{program}", .. arguments]);
        return result.ExitCode == 0 || program == "pg_ctl" ? result : throw new LabException(string.Create(CultureInfo.InvariantCulture, $"{program} ended with {result.ExitCode}: {result.Error.Trim()}"));
    }

    private int ReadyCount()
    {
        if (!File.Exists(LogPath))
            return 0;
        using var file = new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split(ReadyLine).Length - 1;
    }
}
