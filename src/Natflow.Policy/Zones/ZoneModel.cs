using System.Collections.Immutable;

namespace Natflow.Policy.Zones;

/// <summary>The zone rules, in order. Immutable.</summary>
/// <param name="Rules">The rules; the first that matches an interface decides.</param>
public sealed record ZoneModel(ImmutableArray<ZoneRule> Rules)
{
    /// <summary>Rules at most.</summary>
    public const int RuleCountMax = 1024;

    /// <summary>No rules: no interface has a zone.</summary>
    public static ZoneModel Empty { get; } = new([]);

    /// <summary>The rule that decides on an interface, or null where it has no zone.</summary>
    public ZoneRule? Find(ReadOnlySpan<char> interfaceName)
    {
        foreach (ZoneRule rule in Rules)
        {
            if (rule.Matches(interfaceName))
                return rule;
        }

        return null;
    }

    /// <summary>The rule of the interface a frame came in by; else that of the bridge it is a port of.</summary>
    /// <param name="portName">The interface, a port of the bridge.</param>
    /// <param name="bridgeName">The bridge, or empty.</param>
    /// <param name="kind">The kind that is looked for.</param>
    public bool IsEither(ReadOnlySpan<char> portName, ReadOnlySpan<char> bridgeName, ZoneKind kind) =>
        Find(portName)?.Kind == kind || Find(bridgeName)?.Kind == kind;

    /// <summary>The kind that rules give a zone, or null for a zone that no rule names.</summary>
    public ZoneKind? KindOf(byte id)
    {
        foreach (ZoneRule rule in Rules)
        {
            if (rule.Id == id)
                return rule.Kind;
        }

        return null;
    }
}
