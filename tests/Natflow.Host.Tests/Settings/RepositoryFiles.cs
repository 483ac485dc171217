namespace Natflow.Host.Tests.Settings;

/// <summary>Configuration files of the repository.</summary>
internal static class RepositoryFiles
{
    /// <summary>Path of a file in <c>hocon/</c>.</summary>
    internal static string Hocon(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Natflow.sln")))
                return Path.Combine(folder.FullName, "hocon", name);
        }

        throw new InvalidOperationException("the tests run outside the repository");
    }
}
