using Natflow.Management.Api;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Tests.Api;

/// <summary>A file in memory; what holds the word wrong is not valid. Sets and port forwards are what was put there.</summary>
internal sealed class FakeConfiguration : IConfigurationStore
{
    internal string Text { get; set; } = "natflow {}";

    internal IReadOnlyList<SetModel> SetsInForce { get; set; } = [];

    internal IReadOnlyList<PortForwardModel> ForwardsInForce { get; set; } = [];

    public string ReadText() => Text;

    public IReadOnlyList<SettingModel> Values() => [new("natflow.nat.ports", "1024-32767", "reference.conf:1", IsLive: false)];

    public IReadOnlyList<SetModel> Sets() => SetsInForce;

    public IReadOnlyList<PortForwardModel> PortForwards() => ForwardsInForce;

    public IReadOnlyList<string> Validate(string text) => text.Contains("wrong", StringComparison.Ordinal) ? ["file:1: wrong"] : [];

    public Task<ReloadResult> Apply(string text)
    {
        Text = text;
        return Task.FromResult(new ReloadResult(IsValid: true, ["natflow.nat.timeouts.udp"], [], []));
    }
}
