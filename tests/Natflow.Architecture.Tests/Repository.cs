using System.Reflection;
using System.Xml.Linq;

namespace Natflow.Architecture.Tests;

/// <summary>The repository that the tests were built from.</summary>
internal static class Repository
{
    private const string ApproveVariable = "NATFLOW_APPROVE";

    /// <summary>The folder that holds <c>Natflow.sln</c>.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>Whether the approved files are to be rewritten instead of compared: <c>NATFLOW_APPROVE=1 dotnet test tests/Natflow.Architecture.Tests</c>.</summary>
    internal static bool IsApproving { get; } = Environment.GetEnvironmentVariable(ApproveVariable) == "1";

    /// <summary>Projects below <c>src</c> by name.</summary>
    internal static IReadOnlyDictionary<string, XElement> SourceProjects { get; } = Directory
        .EnumerateFiles(System.IO.Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
        .ToDictionary(static path => System.IO.Path.GetFileNameWithoutExtension(path), static path => XElement.Load(path), StringComparer.Ordinal);

    /// <summary>The built assemblies of the projects below <c>src</c>.</summary>
    internal static IReadOnlyList<Assembly> Assemblies { get; } =
        [.. SourceProjects.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => Load(pair.Key, pair.Value))];

    internal static string Path(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>Files below a folder that are not built, by path relative to the root.</summary>
    internal static IEnumerable<string> Files(string folder, string pattern) => Directory
        .EnumerateFiles(Path(folder), pattern, SearchOption.AllDirectories)
        .Select(static path => System.IO.Path.GetRelativePath(Root, path))
        .Where(static path => !path.Split('/').Intersect(["bin", "obj", "artifacts", "node_modules"]).Any())
        .Order(StringComparer.Ordinal);

    /// <summary>C# files of the product and its tests.</summary>
    internal static IEnumerable<string> Sources() => Files("src", "*.cs").Concat(Files("tests", "*.cs"));

    internal static string[] Lines(string relativePath) => File.ReadAllLines(Path(relativePath));

    /// <summary>Items of a project file.</summary>
    internal static IEnumerable<string> Items(XElement project, string kind) =>
        project.Descendants(kind).Select(static item => item.Attribute("Include")!.Value);

    private static Assembly Load(string project, XElement file)
    {
        string name = file.Descendants("AssemblyName").SingleOrDefault()?.Value ?? project;
        return Assembly.LoadFrom(System.IO.Path.Combine(AppContext.BaseDirectory, $"{name}.dll"));
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Natflow.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("the tests must lie below Natflow.sln");
    }
}
