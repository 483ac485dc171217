namespace Natflow.Testing;

/// <summary>
/// Captures and other reference material that is not part of the repository: the folder <c>shared</c> beside the repository's root, or
/// where the environment variable <c>NATFLOW_SHARED</c> points.
/// </summary>
public static class SharedData
{
    private const string Variable = "NATFLOW_SHARED";

    /// <summary>The folder; null where there is none.</summary>
    public static string? Root { get; } = Find();

    /// <summary>Why tests that need the folder are skipped; null where it is there.</summary>
    public static string? SkipReason { get; } =
        Root is null ? $"needs the folder 'shared' beside the repository, or {Variable} set to it" : null;

    /// <summary>Path of a file or folder inside.</summary>
    /// <param name="parts">Path below the root, part by part.</param>
    public static string Path(params ReadOnlySpan<string> parts) =>
        System.IO.Path.Combine([Root ?? throw new InvalidOperationException(SkipReason), .. parts]);

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return Directory.Exists(named) ? named : null;

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(folder.FullName, "Natflow.sln")))
                continue;
            string shared = System.IO.Path.Combine(folder.FullName, "..", "shared");
            return Directory.Exists(shared) ? System.IO.Path.GetFullPath(shared) : null;
        }

        return null;
    }
}
