using Natflow.Host.Live;
using Natflow.Host.Settings;
using Natflow.Management.Control;

namespace Natflow.Management.Tests.Api;

/// <summary>An operator's file on disk, behind the product's own store and loader, and a gateway that only remembers what it was told.</summary>
internal sealed class OperatorFile : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("natflow-conf-");

    internal OperatorFile(string text)
    {
        Path = System.IO.Path.Combine(_directory.FullName, "natflow.conf");
        Write("other.conf", "natflow.ports.lan = [ lan0 ]\n"); // For those that include it.
        File.WriteAllText(Path, text);
        InForce = SettingsLoader.Load(Path).Settings ?? throw new InvalidOperationException(string.Join('\n', SettingsLoader.Load(Path).Errors));
        Store = new ConfigurationFile(Path, () => InForce, Reload);
    }

    internal string Path { get; }

    internal ConfigurationFile Store { get; }

    /// <summary>What the gateway would run with.</summary>
    internal NatflowSettings InForce { get; private set; }

    /// <summary>Why the gateway takes nothing over; null where it does.</summary>
    internal string? Refusal { get; set; }

    internal string Text => File.ReadAllText(Path);

    internal void Write(string name, string text) => File.WriteAllText(System.IO.Path.Combine(_directory.FullName, name), text);

    /// <summary>All files of its directory by name.</summary>
    internal string[] Names => [.. _directory.GetFiles().Select(static file => file.Name).Order(StringComparer.Ordinal)];

    public void Dispose() => _directory.Delete(recursive: true);

    private Task<ReloadResult> Reload()
    {
        SettingsResult loaded = SettingsLoader.Load(Path);
        string[] errors = Refusal is { } refusal ? [refusal] : [.. loaded.Errors.Select(static error => error.ToString())];
        if (errors.Length != 0)
            return Task.FromResult(new ReloadResult(IsValid: false, [], [], errors));
        InForce = loaded.Settings!;
        return Task.FromResult(new ReloadResult(IsValid: true, [], [], []));
    }
}
