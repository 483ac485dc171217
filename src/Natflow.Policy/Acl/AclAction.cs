namespace Natflow.Policy.Acl;

/// <summary>What a host rule says. The numbers leave the process.</summary>
public enum AclAction : byte
{
    /// <summary>Recorded only.</summary>
    Accept = 0,

    /// <summary>The rest of the flow is dropped in silence.</summary>
    Drop = 1,

    /// <summary>Both ends of a TCP connection get a reset.</summary>
    Reset = 2,

    /// <summary>HTTP clients are sent elsewhere; others as Reset.</summary>
    Redirect = 3,
}
