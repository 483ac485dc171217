using System.Text.Json;

namespace Natflow.Conformance.Report;

/// <summary>The table of requirements, from requirements.json.</summary>
public static class RequirementTable
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    /// <summary>All rows, in order.</summary>
    public static IReadOnlyList<RequirementRow> Rows { get; } = Load();

    private static RequirementRow[] Load()
    {
        using Stream stream = typeof(RequirementTable).Assembly.GetManifestResourceStream("requirements.json")
            ?? throw new InvalidOperationException("the table of requirements is not in the assembly");
        return JsonSerializer.Deserialize<RequirementRow[]>(stream, Options) ?? [];
    }
}
