namespace Natflow.Hocon;

/// <summary>What class of mistake an error is.</summary>
public enum HoconErrorKind
{
    /// <summary>The text is no HOCON.</summary>
    Parse,

    /// <summary>A substitution has no value, or leads back to itself.</summary>
    Resolve,

    /// <summary>Values of different kinds are concatenated, or a value is not of the kind that was asked for.</summary>
    Type,

    /// <summary>A required file is missing, cannot be read, or files include one another without end.</summary>
    Include,

    /// <summary>The kind is right and the text is not: an unknown unit, a number out of range.</summary>
    Value,

    /// <summary>The value asked for is <c>null</c>.</summary>
    Null,

    /// <summary>There is no such path.</summary>
    Missing,

    /// <summary>The configuration is larger or deeper than <see cref="HoconLimits"/> allows.</summary>
    Limit,
}
