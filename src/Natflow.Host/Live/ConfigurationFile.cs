using Natflow.Core;
using Natflow.Host.Settings;
using Natflow.Management.Api;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Host.Live;

/// <summary>The operator's file, for the API: written whole or not at all.</summary>
/// <param name="path">Its path.</param>
/// <param name="settings">What is in force.</param>
/// <param name="reload">Has the gateway read it again.</param>
internal sealed class ConfigurationFile(string path, Func<NatflowSettings> settings, Func<Task<ReloadResult>> reload) : IConfigurationStore
{
    private readonly Lock _writing = new();

    /// <inheritdoc />
    public string ReadText() => File.ReadAllText(path);

    /// <inheritdoc />
    public IReadOnlyList<SettingModel> Values() =>
        [.. settings().Values.Select(static value => new SettingModel(value.Key, value.Value.Text, $"{value.Value.Location}", LiveKeys.Contains(value.Key)))];

    /// <inheritdoc />
    public IReadOnlyList<SetModel> Sets() =>
        [.. settings().Policy.Sets.OrderBy(static set => set.Name, StringComparer.Ordinal).Select(static set => new SetModel(set.Name, set.Entries, set.File, set.IsKernel))];

    /// <inheritdoc />
    public IReadOnlyList<PortForwardModel> PortForwards() => [.. settings().Nat.PortForwards.Select(static forward => new PortForwardModel(
        forward.Protocol == IpProtocol.Tcp ? "tcp" : "udp",
        forward.ExternalAddress is { } address ? Ipv4Prefix.ToText(address) : null,
        forward.ExternalPort,
        Ipv4Prefix.ToText(forward.InsideAddress),
        forward.InsidePort,
        forward.Zone))];

    /// <inheritdoc />
    public IReadOnlyList<string> Validate(string text) => [.. SettingsLoader.Parse(text, path).Errors.Select(static error => error.ToString())];

    /// <inheritdoc />
    public Task<ReloadResult> Apply(string text)
    {
        lock (_writing)
        {
            string temporary = $"{path}.{Environment.ProcessId}.tmp";
            File.WriteAllText(temporary, text);
            File.SetUnixFileMode(temporary, File.GetUnixFileMode(path));
            File.Move(temporary, path, overwrite: true);
        }

        return reload();
    }
}
