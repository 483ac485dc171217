using System.Text;
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
    public IReadOnlyList<string> Validate(string text) => [.. SettingsLoader.ParseInPlaceOf(text, path).Errors.Select(static error => error.ToString())];

    /// <inheritdoc />
    /// <remarks>What the gateway does not take over is not left in the file: the next start would meet it.</remarks>
    public async Task<ReloadResult> Apply(string text)
    {
        string before = ReadText();
        Write(text);
        ReloadResult result = await reload();
        if (!result.IsValid)
            Write(before);
        return result;
    }

    private void Write(string text)
    {
        lock (_writing)
        {
            string target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            string temporary = $"{target}.{Environment.ProcessId}.tmp";
            try
            {
                using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
                {
                    stream.Write(Encoding.UTF8.GetBytes(text));
                    stream.Flush(flushToDisk: true);
                }

                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
                File.Move(temporary, target, overwrite: true);
            }
            finally
            {
                File.Delete(temporary);
            }
        }
    }
}
