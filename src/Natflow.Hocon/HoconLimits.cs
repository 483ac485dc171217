namespace Natflow.Hocon;

/// <summary>Bounds on what one configuration may cost. Whatever the text says, reading it ends within them.</summary>
public sealed record HoconLimits
{
    /// <summary>Most bytes of all files and texts of one configuration together.</summary>
    public int BytesMax { get; init; } = 16 << 20;

    /// <summary>Deepest nesting of objects and arrays, dotted keys counted by their elements.</summary>
    public int DepthMax { get; init; } = 128;

    /// <summary>Deepest chain of includes: the reference implementation stops at 50.</summary>
    public int IncludeDepthMax { get; init; } = 50;

    /// <summary>Most files that one configuration reads.</summary>
    public int FilesMax { get; init; } = 1000;

    /// <summary>Most values of the resolved configuration, each counted as often as substitutions repeat it.</summary>
    public int ValuesMax { get; init; } = 1_000_000;

    /// <summary>Longest string that concatenation may make, in UTF-16 units.</summary>
    public int StringLengthMax { get; init; } = 1 << 20;

    /// <summary>Deepest chain of substitutions and values while resolving.</summary>
    public int ResolveDepthMax { get; init; } = 1000;

    /// <summary>Most steps of resolving: a value visited is one, sixteen elements or characters copied are one.</summary>
    public int ResolveStepsMax { get; init; } = 2_000_000;
}
