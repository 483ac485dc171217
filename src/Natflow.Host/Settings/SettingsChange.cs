namespace Natflow.Host.Settings;

/// <summary>What differs between two configurations.</summary>
public sealed record SettingsChange
{
    private SettingsChange(IReadOnlyList<string> changed) => Changed = changed;

    /// <summary>Every key whose value differs, in the order of the reference.</summary>
    public IReadOnlyList<string> Changed { get; }

    /// <summary>Those of them that can change while the gateway runs.</summary>
    public IReadOnlyList<string> Live => [.. Changed.Where(LiveKeys.Contains)];

    /// <summary>Those of them that wait for a restart.</summary>
    public IReadOnlyList<string> NeedRestart => [.. Changed.Where(static path => !LiveKeys.Contains(path))];

    /// <summary>Compares two configurations by what they say, not by how it is spelled: 5m and 300s are the same.</summary>
    public static SettingsChange Between(NatflowSettings old, NatflowSettings next) => new(
    [
        .. next.Values
            .Where(value => !old.Values.TryGetValue(value.Key, out SettingValue? before) || before.Text != value.Value.Text)
            .Select(static value => value.Key),
    ]);
}
