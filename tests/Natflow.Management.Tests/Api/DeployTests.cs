using System.Text.RegularExpressions;
using Natflow.Core;
using Natflow.Management.Api.Access;

namespace Natflow.Management.Tests.Api;

/// <summary>Dashboard and alerts name metrics and reasons that there are.</summary>
public sealed partial class DeployTests
{
    [Theory]
    [InlineData("deploy/grafana/natflow.json")]
    [InlineData("deploy/prometheus/natflow.rules.yml")]
    public async Task File_NamesOnlyMetricsThatTheGatewayHas(string file)
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Viewer);
        string text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, file));
        HashSet<string> served = [.. Metric().Matches(await client.GetStringAsync("/metrics")).Select(static match => match.Value)];
        string[] named = [.. Metric().Matches(text).Select(static match => match.Value).Distinct(StringComparer.Ordinal)];

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(name, rig.Api.MetricNames));
        Assert.All(served, name => Assert.Contains(name, rig.Api.MetricNames));
    }

    [Fact]
    public async Task Alerts_NameOnlyReasonsThatThereAre()
    {
        string text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "prometheus", "natflow.rules.yml"));

        string[] reasons = [.. Reasons().Matches(text).SelectMany(static match => match.Groups["names"].Value.Split('|'))];

        Assert.NotEmpty(reasons);
        Assert.All(reasons, static reason => Assert.True(Enum.TryParse<DropReason>(reason, out _), reason));
    }

    [GeneratedRegex(@"\bnatflow_[a-z_]+\b", RegexOptions.None, 1000)]
    private static partial Regex Metric();

    [GeneratedRegex("reason=~\"(?<names>[^\"]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Reasons();
}
