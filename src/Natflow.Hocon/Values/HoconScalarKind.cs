namespace Natflow.Hocon;

/// <summary>What a scalar is.</summary>
public enum HoconScalarKind
{
    /// <summary>Text, quoted or not.</summary>
    Text,

    /// <summary>A number; its source text is kept.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c> without quotes.</summary>
    Boolean,

    /// <summary><c>null</c> without quotes.</summary>
    Null,
}
