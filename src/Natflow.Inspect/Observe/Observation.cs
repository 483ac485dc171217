namespace Natflow.Inspect.Observe;

/// <summary>One thing a client asked for, as it stood on the wire. Texts lie in the batch; they are raw bytes, in the case they had.</summary>
public struct Observation
{
    /// <summary>What was seen.</summary>
    public ObservationKind Kind;

    /// <summary>Facts about it.</summary>
    public ObservationFlags Flags;

    /// <summary>The ends, the asking client first, whoever began the flow.</summary>
    public FlowEnds Ends;

    /// <summary>Nanoseconds since 1970 of the packet that completed it, by the caller's clock.</summary>
    public long TimestampNs;

    /// <summary>HTTP: the method. Else empty.</summary>
    public TextRange Method;

    /// <summary>
    /// HTTP: the Host header, with its port. TLS, QUIC, DTLS: the SNI. DNS: the name asked for, labels joined by dots, "." for the root; bytes outside
    /// 0x21 to 0x7E, backslashes, and dots within labels are <c>\xHH</c>.
    /// </summary>
    public TextRange Name;

    /// <summary>HTTP: the request target as sent. Else empty.</summary>
    public TextRange Uri;

    /// <summary>TLS, QUIC, DTLS: the offered ALPN protocols, joined by commas. Else empty.</summary>
    public TextRange Alpn;

    /// <summary>DNS answer: records of 20 bytes: the address (IPv4 mapped), then its TTL in seconds, big-endian. Else empty.</summary>
    public TextRange Addresses;

    /// <summary>DNS: the type of the question. TLS, QUIC, DTLS: the highest version offered. Else 0.</summary>
    public ushort Detail;
}
