namespace Natflow.Policy.Acl;

/// <summary>What happens to the flow.</summary>
public enum AclAnswer
{
    /// <summary>It goes on.</summary>
    Pass,

    /// <summary>The rest is dropped in silence.</summary>
    Drop,

    /// <summary>Both ends get a TCP reset.</summary>
    ResetBoth,

    /// <summary>The client gets a 302 to the configured URL, the server a reset.</summary>
    RedirectHttp,

    /// <summary>The rest is dropped, and the client told so by ICMP.</summary>
    Unreachable,

    /// <summary>The question is answered: there is no such name.</summary>
    NameError,

    /// <summary>The question is answered with the portal's address.</summary>
    PortalAddress,
}
