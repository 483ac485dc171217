namespace Natflow.Inspect.Http;

/// <summary>Head of an HTTP/1 request. The spans lie in the bytes it was read from.</summary>
public ref struct HttpRequest
{
    /// <summary>Method as sent.</summary>
    public ReadOnlySpan<byte> Method;

    /// <summary>
    /// Request target as sent: origin, absolute, authority or asterisk form (RFC 9112 section 3.2). Where a sender left blanks inside, they are part of it.
    /// </summary>
    public ReadOnlySpan<byte> Target;

    /// <summary>Value of the first Host header without the blanks around it; with its port.</summary>
    public ReadOnlySpan<byte> Host;

    /// <summary>There is a Host header, be it empty.</summary>
    public bool HasHost;

    /// <summary>The body has a length of its own in each chunk (RFC 9112 section 7.1).</summary>
    public bool IsChunked;

    /// <summary>The client asks for another protocol on this connection: what follows may be no HTTP.</summary>
    public bool AsksUpgrade;

    /// <summary>Bytes of body that follow the head; 0 without Content-Length.</summary>
    public long ContentBytes;

    /// <summary>Bytes from the first to the empty line's end.</summary>
    public int HeadBytes;

    /// <summary>The method is CONNECT: what follows an agreement of the far side is a tunnel.</summary>
    public readonly bool IsConnect => Method.SequenceEqual("CONNECT"u8);
}
