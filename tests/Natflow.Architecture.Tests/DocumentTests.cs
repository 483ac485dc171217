using System.Text.RegularExpressions;
using Natflow.Core;

namespace Natflow.Architecture.Tests;

/// <summary>Documents beside the code name only what is there.</summary>
public sealed class DocumentTests
{
    private static readonly HashSet<string> Names = [.. Repository.Assemblies
        .SelectMany(static assembly => assembly.GetTypes())
        .SelectMany(static type => type.GetMembers().Select(static member => member.Name).Append(type.Name.Split('`')[0]))];

    public static TheoryData<string> Projects() => [.. Repository.SourceProjects.Keys.Order(StringComparer.Ordinal)];

    public static TheoryData<string> Documents() => [.. Repository.Files("src", "*.md")];

    [Theory, MemberData(nameof(Projects))]
    public void Project_HasAReadmeThatNamesIt(string project)
    {
        string path = Repository.Path("src", project, "README.md");
        Assert.True(File.Exists(path), $"{path} is missing");
        Assert.Contains(project["Natflow.".Length..], File.ReadAllText(path), StringComparison.OrdinalIgnoreCase);
    }

    [Theory, MemberData(nameof(Documents))]
    public void Document_NamesOnlyTypesThatExist(string path)
    {
        MatchCollection words = Regex.Matches(File.ReadAllText(Repository.Path(path)), "`(?<name>[A-Z][a-z0-9]+[A-Z][A-Za-z0-9]+)`", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        Assert.All(words.Select(static word => word.Groups["name"].Value), static word => Assert.Contains(word, Names));
    }

    [Theory, MemberData(nameof(Documents))]
    public void Document_LinksOnlyToFilesThatExist(string path)
    {
        string folder = Path.GetDirectoryName(Repository.Path(path))!;
        MatchCollection links = Regex.Matches(File.ReadAllText(Repository.Path(path)), @"\]\((?!https?:)(?<path>[^)#]+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(folder, link.Groups["path"].Value)), $"{path}: {link.Groups["path"].Value}"));
    }

    [Fact]
    public void DropReasons_AreNeverRenumbered()
    {
        string[] first = ["None", "Truncated", "BadHeader", "BadLength", "HeaderChainTooLong", "UnknownLinkType", "Oversize", "HandoffRingFull", "TransmitRingFull"];
        Assert.Equal(first, Enumerable.Range(0, first.Length).Select(static value => ((DropReason)value).ToString()));
        Assert.Equal(Enum.GetValues<DropReason>().Length, Enum.GetValues<DropReason>().Distinct().Count());
    }
}
