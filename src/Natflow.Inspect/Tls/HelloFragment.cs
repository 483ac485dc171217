namespace Natflow.Inspect.Tls;

/// <summary>A part of a DTLS ClientHello (RFC 6347 section 4.2.2).</summary>
internal readonly ref struct HelloFragment
{
    /// <summary>Bytes of the whole body.</summary>
    internal int MessageBytes { get; init; }

    /// <summary>Number of the message: a hello that is sent again with a cookie has another.</summary>
    internal ushort Sequence { get; init; }

    /// <summary>Where the bytes belong in the body.</summary>
    internal int Offset { get; init; }

    /// <summary>The bytes.</summary>
    internal ReadOnlySpan<byte> Bytes { get; init; }
}
