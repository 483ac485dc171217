namespace Natflow.Host.Settings;

/// <summary>What differs between two configurations.</summary>
public sealed record SettingsChange
{
    private SettingsChange(IReadOnlyList<string> changed) => Changed = changed;

    /// <summary>Every key whose value differs, in the order of the reference; each needs a restart, as its mark in the reference says.</summary>
    public IReadOnlyList<string> Changed { get; }

    /// <summary>Compares two configurations by what they say, not by how it is spelled: 5m and 300s are the same.</summary>
    public static SettingsChange Between(NatflowSettings old, NatflowSettings next) => new(
    [
        .. next.Values
            .Where(value => !old.Values.TryGetValue(value.Key, out SettingValue? before) || before.Text != value.Value.Text)
            .Select(static value => value.Key),
    ]);
}
