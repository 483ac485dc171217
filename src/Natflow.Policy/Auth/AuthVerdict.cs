namespace Natflow.Policy.Auth;

/// <summary>What the gate says of a flow.</summary>
public enum AuthVerdict
{
    /// <summary>It passes and may be offloaded.</summary>
    Pass,

    /// <summary>It passes while the user has not logged in: DNS, DHCP, the portal, what the bypass sets hold.</summary>
    PassUnauthenticated,

    /// <summary>Dropped, from the first packet on.</summary>
    Drop,

    /// <summary>The gateway answers the connection itself and sends the client to the portal.</summary>
    RedirectHttp,

    /// <summary>The connection goes to the portal's TLS port.</summary>
    RedirectHttps,

    /// <summary>The client gets a TCP reset, so that it fails at once and not after a timeout.</summary>
    Reset,
}
