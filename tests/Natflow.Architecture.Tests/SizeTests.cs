using System.Text.RegularExpressions;

namespace Natflow.Architecture.Tests;

/// <summary>Sizes may shrink, never grow: the ceilings are those of the last approval.</summary>
public sealed class SizeTests
{
    private const int LongFileLines = 250;
    private const int LongMethodLines = 40;

    private static readonly string CeilingsPath = Repository.Path("tests", "Natflow.Architecture.Tests", "size-ceilings.txt");

    [Fact]
    public void Sources_AreNotLongerThanTheCeilings()
    {
        SortedDictionary<string, int> now = Measure();
        if (Repository.IsApproving)
            File.WriteAllLines(CeilingsPath, now.Select(static pair => $"{pair.Key} {pair.Value}"));

        Dictionary<string, int> ceilings = File.ReadAllLines(CeilingsPath).Select(static line => line.Split(' '))
            .ToDictionary(static fields => fields[0], static fields => int.Parse(fields[1]), StringComparer.Ordinal);
        Assert.Equal(now.Keys, ceilings.Keys.Order(StringComparer.Ordinal));
        string[] grown = [.. now.Where(pair => pair.Value > ceilings[pair.Key]).Select(pair => $"{pair.Key}: {pair.Value}, ceiling {ceilings[pair.Key]}")];
        Assert.True(grown.Length == 0, string.Join('\n', [.. grown, .. Longest()]));
    }

    [Fact]
    public void MethodLines_OfAKnownFile_AreCounted()
    {
        string[] lines = ["public sealed class A", "{", "    public void M(", "        int x)", "    {", "        x++;", "        x--;", "    }", "}"];
        Assert.Equal([2], MethodLines(lines));
    }

    private static SortedDictionary<string, int> Measure()
    {
        string[][] files = [.. Repository.Files("src", "*.cs").Select(Repository.Lines)];
        int[] methods = [.. files.SelectMany(MethodLines)];
        return new SortedDictionary<string, int>(StringComparer.Ordinal)
        {
            ["longest-file-lines"] = files.Max(static lines => lines.Length),
            ["files-over-250-lines"] = files.Count(static lines => lines.Length > LongFileLines),
            ["longest-method-lines"] = methods.Max(),
            ["methods-over-40-lines"] = methods.Count(static length => length > LongMethodLines),
            ["files-with-several-public-types"] = files.Count(static lines => PublicTypes(lines) > 1),
        };
    }

    private static IEnumerable<string> Longest() => Repository.Files("src", "*.cs")
        .Select(static path => (path, Lines: Repository.Lines(path).Length, Method: MethodLines(Repository.Lines(path)).DefaultIfEmpty().Max()))
        .Where(static file => file.Lines > LongFileLines || file.Method > LongMethodLines)
        .Select(static file => $"  {file.path}: {file.Lines} lines, longest method {file.Method}");

    // The formatter puts a member's braces at one indentation; what stands between them is its body.
    private static IEnumerable<int> MethodLines(string[] lines)
    {
        for (int i = 1; i < lines.Length; i++)
        {
            int indent = lines[i].IndexOf('{', StringComparison.Ordinal);
            if (lines[i].Trim() != "{" || indent is not (4 or 8) || !lines[i - 1].TrimEnd().EndsWith(')'))
                continue;
            int end = Array.FindIndex(lines, i, line => line.Length == indent + 1 && line[indent] == '}');
            if (end > 0 && IsMember(lines, i, indent))
                yield return end - i - 1;
        }
    }

    // At the deeper indentation stand members of nested types, and statements of ordinary methods: those have no accessibility.
    private static bool IsMember(string[] lines, int brace, int indent)
    {
        int start = brace - 1;
        while (start > 0 && lines[start].Length > indent && lines[start][indent] == ' ')
            start--;
        return Regex.IsMatch(lines[start], @"^\s*(public|private|protected|internal)\b", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
    }

    private static int PublicTypes(string[] lines) => lines.Count(static line => Regex.IsMatch(
        line, @"^public .*\b(class|struct|record|interface|enum|delegate)\b", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)));
}
