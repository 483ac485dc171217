using System.Collections.Frozen;

namespace Natflow.Host.Settings;

/// <summary>What differs between two configurations.</summary>
public sealed record SettingsChange
{
    // A key is here when a reload can apply it to a running gateway; every other key needs a restart. The reference marks them so.
    private static readonly FrozenSet<string> LiveKeys = FrozenSet.ToFrozenSet(
    [
        "natflow.gateway.log.level",
        "natflow.gateway.drain-timeout",
        "natflow.nat.mappings-per-second-per-user",
        "natflow.pcp.lifetime-min",
        "natflow.pcp.lifetime-max",
        "natflow.pcp.mappings-per-user",
        "natflow.pcp.third-party",
    ]);

    private SettingsChange(IReadOnlyList<string> changed) => Changed = changed;

    /// <summary>Every key whose value differs, in the order of the reference.</summary>
    public IReadOnlyList<string> Changed { get; }

    /// <summary>Those that a reload applies.</summary>
    public IEnumerable<string> Live => Changed.Where(IsLive);

    /// <summary>Those that need a restart.</summary>
    public IEnumerable<string> NeedRestart => Changed.Where(static key => !IsLive(key));

    /// <summary>Whether a reload applies the key, named from <c>natflow</c> on.</summary>
    public static bool IsLive(string key) => LiveKeys.Contains(key);

    /// <summary>Compares two configurations by what they say, not by how it is spelled: 5m and 300s are the same.</summary>
    public static SettingsChange Between(NatflowSettings old, NatflowSettings next) => new(
    [
        .. next.Values
            .Where(value => !old.Values.TryGetValue(value.Key, out SettingValue? before) || before.Text != value.Value.Text)
            .Select(static value => value.Key),
    ]);
}
