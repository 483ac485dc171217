namespace Natflow.Lab.Topology;

/// <summary>Programs of the system that labs run.</summary>
internal static class Programs
{
    /// <summary>Why a test that needs these is skipped, or null.</summary>
    internal static string? Missing(params string[] programs)
    {
        string[] missing = [.. programs.Where(static program => !IsInstalled(program))];
        return missing.Length == 0 ? null : $"not installed: {string.Join(", ", missing)}";
    }

    private static bool IsInstalled(string program) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Concat(["/usr/sbin", "/sbin"])
        .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Select(static version => $"{version}/bin") : []) // Debian's are in no path.
        .Any(folder => File.Exists(Path.Combine(folder, program)));
}
