namespace Natflow.Inspect.Quic;

/// <summary>Types of long-header packets, as version 1 numbers them (RFC 9000 section 17.2).</summary>
internal enum QuicPacketType
{
    /// <summary>First flight of either side.</summary>
    Initial = 0,

    /// <summary>Early data.</summary>
    ZeroRtt = 1,

    /// <summary>The rest of the handshake.</summary>
    Handshake = 2,

    /// <summary>The server wants the client's address proved.</summary>
    Retry = 3,
}
