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

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "deploy", "systemd", "natflow.service");
            if (File.Exists(path)) return path;
        }

        throw new FileNotFoundException("deploy/systemd/natflow.service is not above the tests");
    }
}
