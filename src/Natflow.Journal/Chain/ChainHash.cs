using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Natflow.Journal.Chain;

/// <summary>
/// The digests of the hash chain. A payload's digest is SHA-256 of a random salt and the payload; a link is SHA-256 of the link before, the numbers
/// before and of the event, its time, stream, manifest and payload digest. So any change shows, and a payload that is erased with its salt cannot
/// be guessed from what stays.
/// </summary>
public static class ChainHash
{
    /// <summary>Bytes of a digest.</summary>
    public const int DigestBytes = SHA256.HashSizeInBytes;

    /// <summary>Bytes of a salt.</summary>
    public const int SaltBytes = 16;

    private const int FixedBytes = (2 * DigestBytes) + (3 * sizeof(long)) + (2 * sizeof(int));
    private const int StackBytesMax = 1024;

    // Making a hash costs more than two hundred bytes of hashing: each thread keeps one.
    [ThreadStatic]
    private static IncrementalHash? _threadSha256;

    /// <summary>Link before the first event of a stream. Not to be written to.</summary>
    public static byte[] Zero { get; } = new byte[DigestBytes];

    /// <summary>Digest of a payload.</summary>
    /// <param name="salt"><see cref="SaltBytes"/> bytes.</param>
    /// <param name="payload">Any bytes.</param>
    public static byte[] OfPayload(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> payload)
    {
        int length = salt.Length + payload.Length;
        Span<byte> text = length <= StackBytesMax ? stackalloc byte[length] : new byte[length];
        salt.CopyTo(text);
        payload.CopyTo(text[salt.Length..]);
        return Digest(text);
    }

    /// <summary>Link of an event.</summary>
    /// <param name="previousLink">Of the event before.</param>
    /// <param name="previousNr">Its number.</param>
    /// <param name="entry">The event; its own link is not looked at.</param>
    /// <param name="sequenceNr">Number to be taken for it: its own, as a rule.</param>
    public static byte[] LinkOf(ReadOnlySpan<byte> previousLink, long previousNr, JournalEntry entry, long sequenceNr)
    {
        int streamBytes = Encoding.UTF8.GetByteCount(entry.StreamId);
        int manifestBytes = Encoding.UTF8.GetByteCount(entry.Manifest);
        int length = FixedBytes + streamBytes + manifestBytes;
        Span<byte> text = length <= StackBytesMax ? stackalloc byte[length] : new byte[length];
        previousLink.CopyTo(text);
        entry.Digest.CopyTo(text[DigestBytes..]);
        Span<byte> rest = text[(2 * DigestBytes)..];
        BinaryPrimitives.WriteInt64LittleEndian(rest, previousNr);
        BinaryPrimitives.WriteInt64LittleEndian(rest[8..], sequenceNr);
        BinaryPrimitives.WriteInt64LittleEndian(rest[16..], entry.CreatedTicks);
        BinaryPrimitives.WriteInt32LittleEndian(rest[24..], streamBytes);
        BinaryPrimitives.WriteInt32LittleEndian(rest[28..], manifestBytes);
        Encoding.UTF8.GetBytes(entry.StreamId, rest[32..]);
        Encoding.UTF8.GetBytes(entry.Manifest, rest[(32 + streamBytes)..]);
        return Digest(text);
    }

    /// <summary>Column <c>chain</c>: salt and link, or once erased digest and link.</summary>
    public static byte[] Pack(JournalEntry entry) => entry.IsErased ? [.. entry.Digest, .. entry.Link] : [.. entry.Salt, .. entry.Link];

    /// <summary>Takes column <c>chain</c> apart. Any bytes give a result.</summary>
    /// <param name="chain">The column.</param>
    /// <param name="payload">Column <c>message</c>.</param>
    /// <returns>Salt, digest, link, and whether the payload is erased.</returns>
    public static (byte[] Salt, byte[] Digest, byte[] Link, bool IsErased) Unpack(ReadOnlySpan<byte> chain, ReadOnlySpan<byte> payload) => chain.Length switch
    {
        SaltBytes + DigestBytes => (chain[..SaltBytes].ToArray(), OfPayload(chain[..SaltBytes], payload), chain[SaltBytes..].ToArray(), false),
        2 * DigestBytes when payload.IsEmpty => ([], chain[..DigestBytes].ToArray(), chain[DigestBytes..].ToArray(), true),
        _ => ([], OfPayload([], payload), [], false),
    };

    private static byte[] Digest(ReadOnlySpan<byte> text)
    {
        IncrementalHash sha256 = _threadSha256 ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha256.AppendData(text);
        return sha256.GetHashAndReset();
    }
}
