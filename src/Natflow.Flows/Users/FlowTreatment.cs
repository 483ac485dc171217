namespace Natflow.Flows.Users;

/// <summary>What the gateway's rules say of a flow.</summary>
public enum FlowTreatment : byte
{
    /// <summary>It passes and may be offloaded.</summary>
    Pass = 0,

    /// <summary>It passes while its subscriber has not logged in; it stays in user space, so that the login or its refusal is felt.</summary>
    PassUnauthenticated = 1,

    /// <summary>Dropped, from the first packet on.</summary>
    Drop = 2,

    /// <summary>TCP is reset, so that the client fails at once; the rest is dropped.</summary>
    Reset = 3,

    /// <summary>The gateway answers the connection itself and sends the client to the portal.</summary>
    RedirectHttp = 4,

    /// <summary>The gateway answers the request itself and sends the client to the page of the host rules; others as <see cref="Reset"/>.</summary>
    RedirectHost = 5,

    /// <summary>Dropped, and the client told so by ICMP.</summary>
    Unreachable = 6,

    /// <summary>The question is answered: there is no such name.</summary>
    NameError = 7,

    /// <summary>The question is answered with the portal's address.</summary>
    PortalAddress = 8,
}
