using Natflow.Lab.Topology;

namespace Natflow.Lab.Faults;

/// <summary>The unit that is shipped for systemd.</summary>
internal static class ServiceUnit
{
    /// <summary>Names of the capabilities it gives, without CAP_, in lower case.</summary>
    internal static IReadOnlyList<string> Capabilities()
    {
        string line = File.ReadLines(Find()).Single(static line => line.StartsWith("CapabilityBoundingSet=", StringComparison.Ordinal));
        return [.. line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(' ').Select(static name => name["CAP_".Length..].ToLowerInvariant())];
    }

    /// <summary>The system calls that it allows, its groups written out.</summary>
    /// <param name="host">Where <c>systemd-analyze</c> is run.</param>
    internal static HashSet<string> SystemCalls(LabHostShell host)
    {
        string line = File.ReadLines(Find()).Single(static line => line.StartsWith("SystemCallFilter=", StringComparison.Ordinal));
        var calls = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>(line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(' '));
        while (open.TryDequeue(out string? name))
        {
            if (name[0] != '@')
                calls.Add(name);
            else
                GroupOf(host, name).ForEach(open.Enqueue);
        }

        return calls;
    }

    private static List<string> GroupOf(LabHostShell host, string name) =>
    [
        .. host.Run($"systemd-analyze --no-pager syscall-filter {name}").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Skip(1).Where(static line => line[0] != '#'),
    ];

    /// <summary>Its path.</summary>
    internal static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "deploy", "systemd", "natflow.service");
            if (File.Exists(path)) return path;
        }

        throw new FileNotFoundException("deploy/systemd/natflow.service is not above the tests");
    }
}
