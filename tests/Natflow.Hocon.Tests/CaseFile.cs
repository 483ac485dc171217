using System.Text.Json;

namespace Natflow.Hocon.Tests;

/// <summary>The case files that are embedded in this assembly.</summary>
internal static class CaseFile
{
    /// <summary>Cases of all groups of a file.</summary>
    internal static IEnumerable<JsonElement> Read(string name)
    {
        using Stream stream = typeof(CaseFile).Assembly.GetManifestResourceStream(name)!;
        return [.. JsonDocument.Parse(stream).RootElement.EnumerateObject().SelectMany(static group => group.Value.EnumerateArray())];
    }
}
