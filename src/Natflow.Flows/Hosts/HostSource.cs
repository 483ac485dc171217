namespace Natflow.Flows.Hosts;

/// <summary>What carried the name of a host.</summary>
public enum HostSource : byte
{
    /// <summary>HTTP GET or POST.</summary>
    HttpRequest = 0,

    /// <summary>Another HTTP method, which a redirect would not help.</summary>
    HttpOther = 1,

    /// <summary>TLS ClientHello.</summary>
    Tls = 2,

    /// <summary>A ClientHello over UDP: QUIC, DTLS.</summary>
    Quic = 3,

    /// <summary>DNS question.</summary>
    Dns = 4,
}
