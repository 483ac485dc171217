using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Natflow.Architecture.Tests;

/// <summary>Who may know whom, and who may touch raw memory and the C library.</summary>
public sealed class ReferenceTests
{
    private static readonly string[] Packets = ["Core", "Memory"];
    private static readonly string[] Flows = [.. Packets, "Packets"];
    private static readonly string[] Inspection = [.. Flows, "Flows"];
    private static readonly string[] Gateway = [.. Inspection, "Inspect", "Policy", "Offload", "Bpf", "Ports", "Netlink", "Actors", "Hocon"];
    private static readonly string[] Services = [.. Inspection, "Inspect", "Policy", "Offload", "Gateway", "Actors"];
    private static readonly string[] Host = [.. Gateway, "Gateway", "Journal", "Cluster", "Management", "Portal"];

    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Core"] = [],
        ["Memory"] = ["Core"],
        ["Packets"] = Packets,
        ["Flows"] = Flows,
        ["Inspect"] = Inspection,
        ["Policy"] = Inspection,
        ["Bpf"] = Packets,
        ["Offload"] = [.. Inspection, "Bpf"],
        ["Ports"] = [.. Flows, "Bpf"],
        ["Netlink"] = Flows,
        ["Actors"] = ["Core"],
        ["Hocon"] = ["Core"],
        ["Gateway"] = Gateway,
        ["Journal"] = Services,
        ["Cluster"] = Services,
        ["Management"] = Services,
        ["Portal"] = Services,
        ["Host"] = Host,
        ["Cli"] = [.. Host, "Host"],
    };

    private static readonly HashSet<string> MayBeUnsafe = ["Memory", "Bpf", "Flows", "Ports", "Netlink", "Offload"];

    private static readonly HashSet<string> MayCallNatively = ["Memory", "Bpf", "Ports", "Netlink", "Offload"];

    private static readonly Dictionary<string, string[]> Packages = new(StringComparer.Ordinal)
    {
        ["Journal"] = ["Npgsql", "Dapper", "Microsoft.Data.Sqlite.Core", "SQLitePCLRaw.bundle_e_sqlite3"],
        ["Cluster"] = ["Google.Protobuf"],
        ["Management"] = ["OpenTelemetry"],
        ["Cli"] = ["System.CommandLine", "Spectre.Console"],
    };

    // Projects without a test project of their own. May only shrink.
    private static readonly string[] Untested = [];

    public static TheoryData<string> Projects() => [.. Repository.SourceProjects.Keys.Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Projects))]
    public void Project_References_PointOneWay(string project)
    {
        string name = ShortName(project);
        Assert.True(Allowed.ContainsKey(name), $"{project} has no place in the layers");
        IEnumerable<string> references = Repository.Items(Repository.SourceProjects[project], "ProjectReference")
            .Select(static path => ShortName(Path.GetFileNameWithoutExtension(path)));
        Assert.Empty(references.Except(Allowed[name], StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Projects))]
    public void Project_Packages_AreTheDecidedOnes(string project) => Assert.Empty(
        Repository.Items(Repository.SourceProjects[project], "PackageReference").Except(Packages.GetValueOrDefault(ShortName(project), []), StringComparer.Ordinal));

    [Theory, MemberData(nameof(Projects))]
    public void Project_UnsafeBlocks_OnlyWhereNativeMemoryIsHandled(string project)
    {
        bool isUnsafe = Repository.SourceProjects[project].Descendants("AllowUnsafeBlocks").Any(static switched => switched.Value == "true");
        Assert.True(!isUnsafe || MayBeUnsafe.Contains(ShortName(project)), $"{project} allows unsafe blocks");
    }

    [Theory, MemberData(nameof(Projects))]
    public void Project_Internals_AreOpenToTestsAlone(string project) => Assert.All(
        Repository.Items(Repository.SourceProjects[project], "InternalsVisibleTo"),
        static friend => Assert.Matches(@"^Natflow\.(\w+\.Tests|Testing|Benchmarks|Conformance|Lab|Simulation|Fuzz)$", friend));

    [Fact]
    public void NativeCalls_AreInOneFileALibraryOfTheLayersThatMayCall()
    {
        string[] files = [.. Repository.Files("src", "*.cs").Where(static path => Calls(File.ReadAllText(Repository.Path(path))))];
        Assert.NotEmpty(files);
        Assert.All(files, static path =>
        {
            Assert.Contains(ShortName(path.Split('/')[1]), MayCallNatively);
            Assert.EndsWith("Native.cs", path, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Solution_HoldsEachProject()
    {
        string solution = File.ReadAllText(Repository.Path("Natflow.sln")).Replace('\\', '/');
        string[] projects = [.. Repository.Files("src", "*.csproj"), .. Repository.Files("tests", "*.csproj")];
        Assert.All(projects, path => Assert.Contains($"\"{path}\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void Projects_HaveTheirTests()
    {
        IEnumerable<string> tested = Repository.SourceProjects.Keys.Where(static project => Directory.Exists(Repository.Path("tests", $"{project}.Tests")));
        Assert.Empty(Repository.SourceProjects.Keys.Except(tested, StringComparer.Ordinal).Except(Untested, StringComparer.Ordinal));
    }

    [Fact]
    public void Packages_HaveTheirVersionInOnePlace()
    {
        foreach (string path in Repository.Files("src", "*.csproj").Concat(Repository.Files("tests", "*.csproj")))
        {
            IEnumerable<XElement> packages = XElement.Load(Repository.Path(path)).Descendants("PackageReference");
            Assert.All(packages, package => Assert.Null(package.Attribute("Version")));
            Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(Repository.Path(path))!, "packages.lock.json")), $"{path} has no lock file");
        }
    }

    private static bool Calls(string text) => Regex.IsMatch(text, @"\[(LibraryImport|DllImport)\(", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    private static string ShortName(string project) => project["Natflow.".Length..];
}
