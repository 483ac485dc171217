namespace Natflow.Hocon.Resolving;

/// <summary><c>${path}</c> or <c>${?path}</c> at one place of the text.</summary>
internal sealed class HoconReference : HoconValue
{
    internal HoconReference(HoconLocation location, HoconPath path, int prefixLength, bool isOptional, bool isOwnField = false)
        : base(location)
    {
        Path = path;
        PrefixLength = prefixLength;
        IsOptional = isOptional;
        IsOwnField = isOwnField;
    }

    /// <summary>Absolute path; the first <see cref="PrefixLength"/> elements come from the include statement, the rest from the text.</summary>
    internal HoconPath Path { get; }

    /// <summary>Elements that an include put in front.</summary>
    internal int PrefixLength { get; }

    /// <summary>Whether having no value is no error.</summary>
    internal bool IsOptional { get; }

    /// <summary>Whether this is the hidden reference of <c>+=</c>, which means the field itself and nothing outside.</summary>
    internal bool IsOwnField { get; }

    /// <inheritdoc />
    public override string KindName => "substitution";

    internal override bool IsResolved => false;

    internal override bool HidesOlder => false;

    /// <summary>As it was written.</summary>
    public override string ToString() => $"${{{(IsOptional ? "?" : string.Empty)}{Path.Skip(PrefixLength)}}}";
}
