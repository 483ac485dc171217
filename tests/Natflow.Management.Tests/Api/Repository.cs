namespace Natflow.Management.Tests.Api;

/// <summary>The repository that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder that holds <c>Natflow.sln</c>.</summary>
    internal static string Root { get; } = Find();

    private static string Find()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Natflow.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("the tests must lie below Natflow.sln");
        return folder.FullName;
    }
}
