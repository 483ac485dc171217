namespace Natflow.Hocon;

/// <summary>A string, number, boolean or null.</summary>
public sealed class HoconScalar : HoconValue
{
    internal HoconScalar(HoconLocation location, HoconScalarKind kind, string text, bool isGap = false)
        : base(location)
    {
        Kind = kind;
        Text = text;
        IsGap = isGap;
    }

    /// <summary>The kind.</summary>
    public HoconScalarKind Kind { get; }

    /// <summary>The content of a string; the source text of everything else.</summary>
    public string Text { get; }

    /// <inheritdoc />
    public override string KindName => Kind switch
    {
        HoconScalarKind.Number => "number",
        HoconScalarKind.Boolean => "boolean",
        HoconScalarKind.Null => "null",
        _ => "string",
    };

    /// <summary>Whether this is unquoted whitespace between two pieces of a concatenation.</summary>
    internal bool IsGap { get; }

    internal override bool IsResolved => true;

    internal override bool HidesOlder => true;

    /// <inheritdoc />
    public override string ToString() => Text;
}
