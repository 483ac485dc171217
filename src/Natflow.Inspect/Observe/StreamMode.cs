namespace Natflow.Inspect.Observe;

/// <summary>What one direction of a TCP connection is being read as.</summary>
internal enum StreamMode : byte
{
    /// <summary>Its first bytes have not come.</summary>
    Start = 0,

    /// <summary>At the head of an HTTP request.</summary>
    HttpHead = 1,

    /// <summary>At the size line of a chunk.</summary>
    HttpChunk = 2,

    /// <summary>In the trailer after the last chunk.</summary>
    HttpTrailer = 3,

    /// <summary>At a TLS ClientHello.</summary>
    Tls = 4,

    /// <summary>At a DNS message.</summary>
    Dns = 5,

    /// <summary>Lost: a segment that begins with a whole request would find the way back.</summary>
    Resync = 6,

    /// <summary>Nothing more is wanted.</summary>
    Done = 7,
}
