using System.Security.Cryptography;

namespace Natflow.Inspect.Quic;

/// <summary>
/// Derives the keys of a client's Initial packets (RFC 9001 section 5.2, RFC 9369 section 3.3). They protect against accidents, not against readers: anyone
/// can derive them. HKDF of RFC 5869 with one block of output is one HMAC; each label already ends with the block's number.
/// </summary>
internal static class InitialSecrets
{
    /// <summary>Bytes of a packet or header protection key: AES-128.</summary>
    internal const int KeyBytes = 16;

    /// <summary>Bytes of an IV.</summary>
    internal const int IvBytes = 12;

    private const int SecretBytes = SHA256.HashSizeInBytes;

    // HkdfLabel of RFC 8446 section 7.1: length, label, empty context; then the counter 1.
    private static ReadOnlySpan<byte> ClientLabel => "\u0000\u0020\u000Ftls13 client in\u0000\u0001"u8;

    private static ReadOnlySpan<byte> KeyLabel => "\u0000\u0010\u000Etls13 quic key\u0000\u0001"u8;

    private static ReadOnlySpan<byte> IvLabel => "\u0000\u000C\u000Dtls13 quic iv\u0000\u0001"u8;

    private static ReadOnlySpan<byte> HeaderLabel => "\u0000\u0010\u000Dtls13 quic hp\u0000\u0001"u8;

    private static ReadOnlySpan<byte> KeyLabel2 => "\u0000\u0010\u0010tls13 quicv2 key\u0000\u0001"u8;

    private static ReadOnlySpan<byte> IvLabel2 => "\u0000\u000C\u000Ftls13 quicv2 iv\u0000\u0001"u8;

    private static ReadOnlySpan<byte> HeaderLabel2 => "\u0000\u0010\u000Ftls13 quicv2 hp\u0000\u0001"u8;

    /// <summary>Derives the secret of a client from the destination connection id of its first packet.</summary>
    /// <param name="version">The version.</param>
    /// <param name="destinationId">The connection id.</param>
    /// <param name="secret">Receives 32 bytes.</param>
    internal static void DeriveClient(QuicVersion version, ReadOnlySpan<byte> destinationId, Span<byte> secret)
    {
        Span<byte> extracted = stackalloc byte[SecretBytes];
        _ = HMACSHA256.HashData(version.Salt, destinationId, extracted);
        _ = HMACSHA256.HashData(extracted, ClientLabel, secret);
    }

    /// <summary>Expands a secret into the header protection key.</summary>
    internal static void ExpandHeaderKey(QuicVersion version, ReadOnlySpan<byte> secret, Span<byte> key) =>
        Expand(secret, version.IsVersion2 ? HeaderLabel2 : HeaderLabel, key);

    /// <summary>Expands a secret into the packet key.</summary>
    internal static void ExpandKey(QuicVersion version, ReadOnlySpan<byte> secret, Span<byte> key) =>
        Expand(secret, version.IsVersion2 ? KeyLabel2 : KeyLabel, key);

    /// <summary>Expands a secret into the IV.</summary>
    internal static void ExpandIv(QuicVersion version, ReadOnlySpan<byte> secret, Span<byte> iv) =>
        Expand(secret, version.IsVersion2 ? IvLabel2 : IvLabel, iv);

    private static void Expand(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, Span<byte> output)
    {
        Span<byte> block = stackalloc byte[SecretBytes];
        _ = HMACSHA256.HashData(secret, label, block);
        block[..output.Length].CopyTo(output);
    }
}
