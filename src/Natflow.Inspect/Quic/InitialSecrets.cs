using System.Security.Cryptography;

namespace Natflow.Inspect.Quic;

/// <summary>
/// Derives the keys of a client's Initial packets (RFC 9001 section 5.2, RFC 9369 section 3.3). They protect against accidents, not against readers: anyone
/// can derive them. HKDF of RFC 5869 with one block of output is one HMAC; each label already ends with the block's number. One owner thread.
/// </summary>
/// <remarks>HMAC is put together from one hash object that stays (RFC 2104): half the cost of the platform's own, which makes an object a call.</remarks>
internal sealed class InitialSecrets : IDisposable
{
    /// <summary>Bytes of a packet or header protection key: AES-128.</summary>
    internal const int KeyBytes = 16;

    /// <summary>Bytes of an IV.</summary>
    internal const int IvBytes = 12;

    private const int SecretBytes = SHA256.HashSizeInBytes;
    private const int BlockBytes = 64;
    private const int MessageBytesMax = 64;
    private const byte InnerPad = 0x36;
    private const byte OuterPad = 0x5C;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    // HkdfLabel of RFC 8446 section 7.1: length, label, empty context; then the counter 1.
    private static ReadOnlySpan<byte> ClientLabel => "\u0000\u0020\u000Ftls13 client in\u0000\u0001"u8;

    private static ReadOnlySpan<byte> KeyLabel => "\u0000\u0010\u000Etls13 quic key\u0000\u0001"u8;

    private static ReadOnlySpan<byte> IvLabel => "\u0000\u000C\u000Dtls13 quic iv\u0000\u0001"u8;

    private static ReadOnlySpan<byte> HeaderLabel => "\u0000\u0010\u000Dtls13 quic hp\u0000\u0001"u8;

    private static ReadOnlySpan<byte> KeyLabel2 => "\u0000\u0010\u0010tls13 quicv2 key\u0000\u0001"u8;

    private static ReadOnlySpan<byte> IvLabel2 => "\u0000\u000C\u000Ftls13 quicv2 iv\u0000\u0001"u8;

    private static ReadOnlySpan<byte> HeaderLabel2 => "\u0000\u0010\u000Ftls13 quicv2 hp\u0000\u0001"u8;

    public void Dispose() => _hash.Dispose();

    /// <summary>Derives the secret of a client from the destination connection id of its first packet.</summary>
    /// <param name="version">The version.</param>
    /// <param name="destinationId">The connection id.</param>
    /// <param name="secret">Receives 32 bytes.</param>
    internal void DeriveClient(QuicVersion version, ReadOnlySpan<byte> destinationId, Span<byte> secret)
    {
        Span<byte> extracted = stackalloc byte[SecretBytes];
        Authenticate(version.Salt, destinationId, extracted);
        Authenticate(extracted, ClientLabel, secret);
    }

    /// <summary>Expands a secret into the header protection key.</summary>
    internal void ExpandHeaderKey(QuicVersion version, ReadOnlySpan<byte> secret, Span<byte> key) =>
        Expand(secret, version.IsVersion2 ? HeaderLabel2 : HeaderLabel, key);

    /// <summary>Expands a secret into the packet key.</summary>
    internal void ExpandKey(QuicVersion version, ReadOnlySpan<byte> secret, Span<byte> key) =>
        Expand(secret, version.IsVersion2 ? KeyLabel2 : KeyLabel, key);

    /// <summary>Expands a secret into the IV.</summary>
    internal void ExpandIv(QuicVersion version, ReadOnlySpan<byte> secret, Span<byte> iv) =>
        Expand(secret, version.IsVersion2 ? IvLabel2 : IvLabel, iv);

    private void Expand(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, Span<byte> output)
    {
        Span<byte> block = stackalloc byte[SecretBytes];
        Authenticate(secret, label, block);
        block[..output.Length].CopyTo(output);
    }

    // Keys and messages are short: at most a block each.
    private void Authenticate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> code)
    {
        Span<byte> padded = stackalloc byte[BlockBytes + MessageBytesMax];
        Pad(key, InnerPad, padded);
        message.CopyTo(padded[BlockBytes..]);
        _hash.AppendData(padded[..(BlockBytes + message.Length)]);
        _ = _hash.GetHashAndReset(padded[BlockBytes..]);

        Pad(key, OuterPad, padded);
        _hash.AppendData(padded[..(BlockBytes + SecretBytes)]);
        _ = _hash.GetHashAndReset(code);
    }

    private static void Pad(ReadOnlySpan<byte> key, byte pad, Span<byte> block)
    {
        block[..BlockBytes].Fill(pad);
        for (int i = 0; i < key.Length; i++)
            block[i] ^= key[i];
    }
}
