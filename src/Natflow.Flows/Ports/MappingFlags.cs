namespace Natflow.Flows;

/// <summary>Facts about a mapping.</summary>
[Flags]
public enum MappingFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Its subscriber asked for it to be open to anyone, whatever the filtering (RFC 6887 section 11).</summary>
    OpenToAll = 1,
}
