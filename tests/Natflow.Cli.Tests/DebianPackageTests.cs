using System.Diagnostics;

namespace Natflow.Cli.Tests;

/// <summary>The Debian package, into a root of its own and onto the machine's: installed, started, upgraded, removed, purged.</summary>
/// <remarks>
/// The build of the program stands for a published one, which takes two minutes to make: what the package does with its files is the same. NATFLOW_LONG=1 publishes.
/// </remarks>
public sealed class DebianPackageTests : IDisposable
{
    private readonly TemporaryFolder _published = new();

    public void Dispose() => _published.Dispose();

    [PackageFact]
    public void Package_InstallUpgradeRemovePurge_LeavesNothing()
    {
        using var folder = new TemporaryFolder();
        string root = folder.Of("root");
        string first = Build(folder.Of("1"), "0.1.0");
        string second = Build(folder.Of("2"), "0.2.0");
        MakeRoot(root);

        Dpkg(root, "--install", first);
        Assert.Contains("Natflow", Run(Path.Combine(root, "usr/bin/natflow"), "--help"), StringComparison.Ordinal);
        Assert.Contains(".TH NATFLOW 1", Run("zcat", Path.Combine(root, "usr/share/man/man1/natflow.1.gz")), StringComparison.Ordinal);
        string config = Path.Combine(root, "etc/natflow/natflow.conf");
        Run(Path.Combine(root, "usr/bin/natflow"), "check-config", "--config", config);
        File.AppendAllText(config, "# the operator's own\n");
        File.WriteAllText(Path.Combine(root, "etc/natflow/tokens"), "# none\n");

        Dpkg(root, "--force-confold", "--install", second);
        Assert.EndsWith("# the operator's own\n", File.ReadAllText(config), StringComparison.Ordinal);

        Dpkg(root, "--remove", "natflow");
        Assert.Equal(["etc/natflow/natflow.conf", "etc/natflow/tokens"], Left(root));
        Dpkg(root, "--purge", "natflow");
        Assert.Empty(Left(root));
    }

    [MachineFact]
    public void Package_OnTheMachinesRoot_MakesAUserWhoRunsItAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        string first = Build(folder.Of("1"), "0.1.0");
        string second = Build(folder.Of("2"), "0.2.0");
        Directory.CreateDirectory(folder.Of("work"));

        string found = Run("unshare", "--mount", "--net", "bash", Path.Combine(AppContext.BaseDirectory, "package.sh"), folder.Of("work"), first, second);

        Assert.Equal(
            [
                "user /var/lib/natflow:/usr/sbin/nologin",
                "owner root:natflow 2770 /etc/natflow",
                "owner root:natflow 640 /etc/natflow/natflow.conf",
                "there /usr/share/man/man1/natflow.1.gz",
                "there /usr/share/bash-completion/completions/natflow",
                "there /usr/share/zsh/vendor-completions/_natflow",
                "there /usr/share/fish/vendor_completions.d/natflow.fish",
                "owner root:natflow 644 /etc/natflow/tokens",
                "state \"state\":\"running\"",
                "put 200",
                "written 2",
                "ended 0",
                "kept # the operator's own",
                "version 0.2.0",
                "removed 0, configuration natflow.conf tokens ",
                "users as before",
            ],
            found.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private string Build(string output, string version)
    {
        string root = FindRoot();
        Run("env", $"NATFLOW_VERSION={version}", "DPKG_DEB_COMPRESSOR_TYPE=gzip", "DPKG_DEB_COMPRESSOR_LEVEL=1", "sh", Path.Combine(root, "deploy/debian/build.sh"), Published(root), output);
        return Directory.GetFiles(output, "*.deb").Single();
    }

    private string Published(string root)
    {
        if (Environment.GetEnvironmentVariable("NATFLOW_LONG") != "1")
            return Path.Combine(root, "src/Natflow.Cli/bin", AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release", "net10.0");
        string folder = _published.Of("natflow");
        if (!Directory.Exists(folder))
            Run("env", $"NATFLOW_PUBLISH_TEMP={_published.Of("temp")}", "sh", Path.Combine(root, "deploy/publish.sh"), folder);
        return folder;
    }

    private static void MakeRoot(string root)
    {
        foreach (string directory in new[] { "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log" })
            Directory.CreateDirectory(Path.Combine(root, directory));
        foreach (string file in new[] { "var/lib/dpkg/status", "var/lib/dpkg/available" })
            File.WriteAllText(Path.Combine(root, file), string.Empty);
    }

    // The root has no shell: the scripts run outside and are told where it is.
    private static void Dpkg(string root, params string[] arguments) =>
        Run("dpkg", [$"--root={root}", "--force-depends", "--force-script-chrootless", $"--log={root}/var/log/dpkg.log", .. arguments]);

    private static string[] Left(string root) => [.. Directory.GetFiles(root, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(root, file))
        .Where(static file => !file.StartsWith("var/lib/dpkg/", StringComparison.Ordinal) && !file.StartsWith("var/log/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)];

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {process.ExitCode}\n{output}\n{error.GetAwaiter().GetResult()}");
        return output;
    }

    private static string FindRoot()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Natflow.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("the tests must lie below Natflow.sln");
        return folder.FullName;
    }

    private static string? Missing(params ReadOnlySpan<string> programs)
    {
        foreach (string program in programs)
        {
            if (!File.Exists(program))
                return $"{program} is not there";
        }

        return Environment.UserName == "root" ? null : "dpkg installs as root";
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class PackageFactAttribute : FactAttribute
    {
        public PackageFactAttribute() => Skip = Missing("/usr/bin/dpkg-deb");
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class MachineFactAttribute : FactAttribute
    {
        public MachineFactAttribute() => Skip = Missing("/usr/bin/dpkg-deb", "/usr/bin/unshare", "/usr/bin/setpriv", "/usr/bin/curl", "/usr/sbin/useradd", "/usr/sbin/ip");
    }
}
