using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Natflow.Cluster.Tests.Etcd;

/// <summary>The etcd that is handed out for clusters gets options that etcd knows, and an election timeout short enough for the shortest lease.</summary>
public sealed class DeployedEtcdTests
{
    [EtcdFact]
    public void Options_OfTheManifests_AreEtcds()
    {
        string known = Help();
        Check("compose/compose.yml", known);
        Check("kubernetes/etcd.yaml", known);
    }

    private static void Check(string name, string known)
    {
        string manifest = File.ReadAllText(Path.Combine(Root(), "deploy", name));
        string[] options = [.. Regex.Matches(manifest, @"^\s+- (?<option>--[a-z-]+)", RegexOptions.Multiline | RegexOptions.NonBacktracking).Select(static match => match.Groups["option"].Value)];
        Assert.True(options.Length > 15, $"{options.Length} options: the manifest is not read as it should");
        Assert.All(options, option => Assert.Matches($"(?m)^\\s*{option}[ =\\n]", known));
        Match timeout = Regex.Match(manifest, "--election-timeout=(?<ms>[0-9]+)", RegexOptions.NonBacktracking);
        Assert.True(int.Parse(timeout.Groups["ms"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) * 3 / 2 <= 1000, "etcd grants no lease shorter than one and a half election timeouts, and the gateways ask for 1 s");
    }

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Natflow.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests do not run in the repository");
        return folder;
    }

    private static string Help()
    {
        using Process etcd = Process.Start(new ProcessStartInfo(TestEtcd.Program, "--help") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = etcd.StandardError.ReadToEndAsync();
        string output = etcd.StandardOutput.ReadToEnd();
        etcd.WaitForExit();
        return output + error.GetAwaiter().GetResult();
    }
}
