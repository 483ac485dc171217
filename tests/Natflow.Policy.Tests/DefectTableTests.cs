using System.Text.RegularExpressions;

namespace Natflow.Policy.Tests;

/// <summary>The README's table of the original's defects names tests that are there.</summary>
public sealed partial class DefectTableTests
{
    private const int RowsAtLeast = 55;

    [Fact]
    public void Table_EveryRow_NamesTestsThatExist()
    {
        string root = FindRoot();
        HashSet<string> tests = [.. Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(static path => TestMethod().Matches(File.ReadAllText(path))).Select(static match => match.Groups["name"].Value)];
        string[][] rows = [.. File.ReadLines(Path.Combine(root, "tests", "Natflow.Policy.Tests", "README.md"))
            .Where(static line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| In the", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal))
            .Select(static line => line.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
        Assert.True(rows.Length >= RowsAtLeast, $"{rows.Length} rows");
        Assert.All(rows, row =>
        {
            Assert.Equal(3, row.Length);
            Assert.NotEmpty(Name().Matches(row[2]));
            Assert.All(Name().Matches(row[2]), match => Assert.Contains(match.Groups["name"].Value, tests));
        });
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Natflow.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("no Natflow.sln above the tests");
    }

    [GeneratedRegex(@"public (?:async )?(?:void|Task) (?<name>[A-Za-z0-9_]+)\(", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex TestMethod();

    [GeneratedRegex("`(?<name>[A-Za-z0-9_]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Name();
}
