namespace Natflow.Policy.Zones;

/// <summary>Gives the interfaces that match a pattern a zone.</summary>
/// <param name="Kind">Kind of the zone.</param>
/// <param name="Id">Number of the zone, 0 to <see cref="IdMax"/>.</param>
/// <param name="Pattern">A name; or a prefix and <c>+</c>, which stands for at least one more character.</param>
public sealed record ZoneRule(ZoneKind Kind, byte Id, string Pattern)
{
    /// <summary>Highest zone; one more stands for no zone.</summary>
    public const byte IdMax = 126;

    /// <summary>Longest pattern: a whole interface name, or one character less and <c>+</c>. The original cut at 14.</summary>
    public const int PatternMax = 15;

    /// <summary>Whether the pattern matches an interface. Text behind a <c>+</c> is never reached, as in the original.</summary>
    public bool Matches(ReadOnlySpan<char> interfaceName)
    {
        int plus = Pattern.IndexOf('+', StringComparison.Ordinal);
        return plus < 0
            ? interfaceName.SequenceEqual(Pattern)
            : interfaceName.Length > plus && interfaceName.StartsWith(Pattern.AsSpan(0, plus), StringComparison.Ordinal);
    }

    /// <summary>The command that makes it.</summary>
    public override string ToString() => $"{(Kind == ZoneKind.Lan ? "lan" : "wan")}_zone {Id}={Pattern}";
}
