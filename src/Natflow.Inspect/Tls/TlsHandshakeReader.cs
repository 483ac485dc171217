using System.Buffers.Binary;

using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Tls;

/// <summary>Finds the first handshake message of a TLS stream, over as many records as it takes (RFC 8446 section 5.1). Total over any bytes; no allocation.</summary>
public static class TlsHandshakeReader
{
    /// <summary>Content type of handshake records.</summary>
    public const byte HandshakeRecord = 22;

    /// <summary>Bytes of a record header: type, version, length.</summary>
    public const int RecordHeaderBytes = 5;

    /// <summary>Longest ClientHello that is put together.</summary>
    public const int MessageBytesMax = 60_000;

    // RFC 5246 section 6.2.3 allows 2^14 + 2048 in any record, compressed and protected.
    private const int RecordBytesMax = (1 << 14) + 2048;

    /// <summary>Whether the bytes begin like a TLS stream of a client: a handshake record of SSL 3 to TLS 1.3 that begins with a ClientHello.</summary>
    /// <returns>NeedMore for fewer than six bytes that fit so far.</returns>
    public static ParseStatus Recognise(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return ParseStatus.NeedMore;
        if (bytes[0] != HandshakeRecord || (bytes.Length > 1 && bytes[1] != 3) || (bytes.Length > 2 && bytes[2] > 4)) return ParseStatus.NotThis;
        if (bytes.Length >= RecordHeaderBytes && RecordLength(bytes) is 0 or > RecordBytesMax) return ParseStatus.NotThis;
        if (bytes.Length <= RecordHeaderBytes) return ParseStatus.NeedMore;
        return bytes[RecordHeaderBytes] == ClientHelloParser.HandshakeType ? ParseStatus.Complete : ParseStatus.NotThis;
    }

    /// <summary>Finds the body of the ClientHello.</summary>
    /// <param name="stream">A stream that <see cref="Recognise"/> found complete.</param>
    /// <param name="scratch">Room for a message that lies in several records.</param>
    /// <param name="body">The body, or the part that has come where the result is NeedMore: in <paramref name="stream"/> or in <paramref name="scratch"/>.</param>
    public static ParseStatus TryReadBody(ReadOnlySpan<byte> stream, Span<byte> scratch, out ReadOnlySpan<byte> body)
    {
        body = default;
        int recordBytes = RecordLength(stream);
        ReadOnlySpan<byte> fragment = stream[RecordHeaderBytes..];
        if (fragment.Length >= ClientHelloParser.HandshakeHeaderBytes && recordBytes >= ClientHelloParser.HandshakeHeaderBytes)
        {
            int messageBytes = MessageLength(fragment);
            if (messageBytes > MessageBytesMax) return ParseStatus.NotThis;
            if (messageBytes + ClientHelloParser.HandshakeHeaderBytes <= recordBytes)
            {
                ReadOnlySpan<byte> rest = fragment[ClientHelloParser.HandshakeHeaderBytes..];
                bool isWhole = rest.Length >= messageBytes;
                body = isWhole ? rest[..messageBytes] : rest;
                return isWhole ? ParseStatus.Complete : ParseStatus.NeedMore;
            }
        }

        return Gather(stream, scratch, out body);
    }

    private static ParseStatus Gather(ReadOnlySpan<byte> stream, Span<byte> scratch, out ReadOnlySpan<byte> body)
    {
        body = default;
        int gathered = 0;
        while (stream.Length >= RecordHeaderBytes)
        {
            int recordBytes = RecordLength(stream);
            if (stream[0] != HandshakeRecord || stream[1] != 3 || recordBytes is 0 or > RecordBytesMax) return ParseStatus.NotThis;
            stream = stream[RecordHeaderBytes..];
            ReadOnlySpan<byte> fragment = stream[..Math.Min(recordBytes, stream.Length)];
            fragment = fragment[..Math.Min(fragment.Length, scratch.Length - gathered)];
            fragment.CopyTo(scratch[gathered..]);
            gathered += fragment.Length;
            stream = stream[Math.Min(recordBytes, stream.Length)..];
            if (gathered >= ClientHelloParser.HandshakeHeaderBytes && gathered >= MessageLength(scratch) + ClientHelloParser.HandshakeHeaderBytes) break;
        }

        if (gathered < ClientHelloParser.HandshakeHeaderBytes) return ParseStatus.NeedMore;
        int messageBytes = MessageLength(scratch);
        if (messageBytes > MessageBytesMax || messageBytes > scratch.Length - ClientHelloParser.HandshakeHeaderBytes) return ParseStatus.NotThis;
        int have = Math.Min(gathered - ClientHelloParser.HandshakeHeaderBytes, messageBytes);
        body = scratch.Slice(ClientHelloParser.HandshakeHeaderBytes, have);
        return have == messageBytes ? ParseStatus.Complete : ParseStatus.NeedMore;
    }

    private static int RecordLength(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt16BigEndian(record[3..]);

    private static int MessageLength(ReadOnlySpan<byte> message) => (message[1] << 16) | BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
}
