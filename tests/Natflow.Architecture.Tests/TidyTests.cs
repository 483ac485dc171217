using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Natflow.Architecture.Tests;

/// <summary>What no file and no name may hold.</summary>
public sealed class TidyTests
{
    private static readonly string[] BannedEndings = ["Manager", "Helper", "Helpers", "Data", "Info", "Util", "Utils", "Utilities"];

    // Akka's name of a log event.
    private static readonly string[] AllowedNames = ["Natflow.Actors.Event.Info"];

    // Built from parts, so that this file does not hold them itself.
    private static readonly (string Pattern, string Why)[] Banned =
    [
        ("TO" + "DO|FIX" + @"ME|\bHA" + @"CK\b|\bX" + @"XX\b", "unfinished work"),
        ("NotImpl" + "ementedException", "a stub"),
        ("\t", "a tab"),
        (@"[ ]+$", "white space at the end"),
        ("#pragma warning dis" + "able(?!.*//)", "a suppression without its reason"),
        (@"(?<![\w.])/wo" + "rk/", "a path of one machine"),
    ];

    [Fact]
    public void Sources_HoldNothingBanned()
    {
        var finds = new List<string>();
        int count = 0;
        foreach (string path in Repository.Sources())
        {
            string[] lines = Repository.Lines(path);
            count++;
            for (int i = 0; i < lines.Length; i++)
                finds.AddRange(Finds(lines[i]).Select(why => $"{path}:{i + 1}: {why}"));
        }

        Assert.True(count > 100, $"only {count} files were found");
        Assert.True(finds.Count == 0, string.Join('\n', finds));
    }

    [Theory]
    [InlineData("int x; // TO", "DO: more")]
    [InlineData("\tint x;", "")]
    [InlineData("int x; ", "")]
    [InlineData("throw new NotImpl", "ementedException();")]
    public void Finds_ABannedLine_IsFound(string start, string end) => Assert.NotEmpty(Finds(start + end));

    [Fact]
    public void Types_HaveNamesThatSayWhatTheyAre() => Assert.Empty(Repository.Assemblies
        .SelectMany(static assembly => assembly.GetTypes())
        .Where(static type => !type.IsDefined(typeof(CompilerGeneratedAttribute)))
        .Where(static type => BannedEndings.Any(ending => type.Name.EndsWith(ending, StringComparison.Ordinal)))
        .Select(static type => type.FullName)
        .Except(AllowedNames, StringComparer.Ordinal));

    [Fact]
    public void Types_LiveInTheNamespaceOfTheirProject() => Assert.Empty(Repository.SourceProjects.Keys
        .Order(StringComparer.Ordinal).Zip(Repository.Assemblies)
        .SelectMany(static pair => pair.Second.GetTypes().Where(type => type.Namespace is { } space && !IsOf(space, pair.First)))
        .Where(static type => !type.IsDefined(typeof(CompilerGeneratedAttribute)) && type.Namespace!.StartsWith("Natflow", StringComparison.Ordinal))
        .Select(static type => type.FullName));

    private static bool IsOf(string space, string project) => space == project || space.StartsWith(project + '.', StringComparison.Ordinal);

    private static IEnumerable<string> Finds(string line) => Banned
        .Where(rule => Regex.IsMatch(line, rule.Pattern, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)))
        .Select(static rule => rule.Why);
}
