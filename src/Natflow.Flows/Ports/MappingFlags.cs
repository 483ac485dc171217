namespace Natflow.Flows;

/// <summary>Facts about a mapping.</summary>
[Flags]
public enum MappingFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Its subscriber asked for it to be open to anyone, whatever the filtering (RFC 6887 section 11).</summary>
    OpenToAll = 1,

    /// <summary>Not found by its inside endpoint any more: its public address was withdrawn while flows used it.</summary>
    Detached = 2,

    /// <summary>Its subscriber asked for it: used in endpoint-dependent mode too, so that packets leave from the port that was granted.</summary>
    Explicit = 4,

    /// <summary>Of a port forward that is no more, or leads elsewhere: found by neither endpoint, its flows go on until they end.</summary>
    Closed = 8,

    /// <summary>Of a port forward that is no more: its flows end at their next packets.</summary>
    Revoked = 16,
}
