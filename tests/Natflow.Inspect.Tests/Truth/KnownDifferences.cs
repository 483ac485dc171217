namespace Natflow.Inspect.Tests.Truth;

/// <summary>Rows that others do not see, each with the reason why they are right all the same, as <c>tests/l7differences.tsv</c> says. All else is a fault.</summary>
internal static class KnownDifferences
{
    private static readonly Dictionary<string, string> Reasons = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "l7differences.tsv"))
        .Where(static line => !line.StartsWith('#'))
        .Select(static line => line.Split('\t'))
        .ToDictionary(static row => row[0], static row => row[1], StringComparer.Ordinal);

    /// <summary>The reason, or null.</summary>
    internal static string? ReasonOf(string capture) => Reasons.GetValueOrDefault(capture);
}
