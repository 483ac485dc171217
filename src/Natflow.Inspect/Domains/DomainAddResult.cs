namespace Natflow.Inspect.Domains;

/// <summary>What became of a domain given to a <see cref="DomainTable"/>.</summary>
public enum DomainAddResult : byte
{
    /// <summary>It is in the table.</summary>
    Added = 0,

    /// <summary>It was there already, of the same kind: the first value stays.</summary>
    Duplicate = 1,

    /// <summary>It is no host name.</summary>
    Invalid = 2,

    /// <summary>The table holds as many as it was made for.</summary>
    Full = 3,
}
