namespace Natflow.Policy.Acl;

/// <summary>What carried the name.</summary>
public enum AclSource
{
    /// <summary>HTTP GET or POST.</summary>
    HttpRequest,

    /// <summary>Another HTTP method, which a redirect would not help.</summary>
    HttpOther,

    /// <summary>TLS ClientHello.</summary>
    Tls,

    /// <summary>QUIC Initial.</summary>
    Quic,

    /// <summary>DNS question.</summary>
    Dns,
}
