namespace Natflow.Inspect.Observe;

/// <summary>What was seen. The numbers of the first four are the evidence sources of URL and DPI records and never change.</summary>
public enum ObservationKind : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>An HTTP/1 request.</summary>
    Http = 1,

    /// <summary>A TLS ClientHello over TCP.</summary>
    Tls = 2,

    /// <summary>A QUIC ClientHello.</summary>
    Quic = 3,

    /// <summary>A question of a DNS query.</summary>
    Dns = 4,

    /// <summary>A DNS response: its first question with the addresses it was answered by.</summary>
    DnsAnswer = 5,

    /// <summary>A DTLS ClientHello.</summary>
    Dtls = 6,
}
