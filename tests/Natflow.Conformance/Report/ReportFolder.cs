namespace Natflow.Conformance.Report;

/// <summary>Where reports go: artifacts/conformance of the repository.</summary>
internal static class ReportFolder
{
    /// <summary>The folder; null where the tests do not run inside a repository.</summary>
    internal static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Natflow.sln")))
                return Path.Combine(folder.FullName, "artifacts", "conformance");
        }

        return null;
    }
}
