using System.Buffers.Binary;

using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Tls;

/// <summary>Finds a ClientHello in a DTLS datagram (RFC 6347 section 4.3.2, RFC 9147): its fragments may lie in several records. Total over any bytes.</summary>
public static class DatagramHello
{
    private const int RecordHeaderBytes = 13;
    private const int HandshakeHeaderBytes = 12;

    /// <summary>Records of a datagram that are looked at.</summary>
    internal const int RecordsMax = 16;

    /// <summary>Whether a datagram may begin with such a record: the cheap look at all UDP.</summary>
    public static bool IsLikely(ReadOnlySpan<byte> datagram) =>
        datagram.Length > RecordHeaderBytes + HandshakeHeaderBytes && datagram[0] == TlsHandshakeReader.HandshakeRecord
        && datagram[1] == 0xFE && datagram[2] is 0xFD or 0xFF or 0xFC && datagram[RecordHeaderBytes] == ClientHelloParser.HandshakeType;

    /// <summary>Finds the body of the ClientHello.</summary>
    /// <param name="datagram">A datagram that <see cref="IsLikely"/>.</param>
    /// <param name="scratch">Room for the body.</param>
    /// <param name="body">The body, or its beginning where the result is NeedMore, in <paramref name="scratch"/>.</param>
    /// <returns>NeedMore where the datagram holds only a part.</returns>
    public static ParseStatus TryReadBody(ReadOnlySpan<byte> datagram, Span<byte> scratch, out ReadOnlySpan<byte> body)
    {
        body = default;
        int have = 0;
        for (int i = 0; i < RecordsMax && datagram.Length >= RecordHeaderBytes + HandshakeHeaderBytes; i++)
        {
            int recordBytes = BinaryPrimitives.ReadUInt16BigEndian(datagram[11..]);
            if (datagram[0] != TlsHandshakeReader.HandshakeRecord || recordBytes < HandshakeHeaderBytes || recordBytes > datagram.Length - RecordHeaderBytes) break;

            ReadOnlySpan<byte> record = datagram.Slice(RecordHeaderBytes, recordBytes);
            datagram = datagram[(RecordHeaderBytes + recordBytes)..];
            int messageBytes = Read24(record[1..]);
            int fragmentOffset = Read24(record[6..]);
            int fragmentBytes = Math.Min(Read24(record[9..]), recordBytes - HandshakeHeaderBytes);
            if (record[0] != ClientHelloParser.HandshakeType || fragmentOffset != have || messageBytes > scratch.Length || have + fragmentBytes > messageBytes) break;

            record.Slice(HandshakeHeaderBytes, fragmentBytes).CopyTo(scratch[have..]);
            have += fragmentBytes;
            body = scratch[..have];
            if (have == messageBytes) return ParseStatus.Complete;
        }

        return have > 0 ? ParseStatus.NeedMore : ParseStatus.NotThis;
    }

    /// <summary>Takes the next fragment of a ClientHello off a datagram.</summary>
    /// <returns>False at the first record that holds none, or none that fits into its message.</returns>
    internal static bool TryReadFragment(ref ReadOnlySpan<byte> datagram, out HelloFragment fragment)
    {
        fragment = default;
        if (datagram.Length < RecordHeaderBytes + HandshakeHeaderBytes || datagram[0] != TlsHandshakeReader.HandshakeRecord)
            return false;
        int recordBytes = BinaryPrimitives.ReadUInt16BigEndian(datagram[11..]);
        if (recordBytes < HandshakeHeaderBytes || recordBytes > datagram.Length - RecordHeaderBytes)
            return false;

        ReadOnlySpan<byte> record = datagram.Slice(RecordHeaderBytes, recordBytes);
        datagram = datagram[(RecordHeaderBytes + recordBytes)..];
        fragment = new HelloFragment
        {
            MessageBytes = Read24(record[1..]),
            Sequence = BinaryPrimitives.ReadUInt16BigEndian(record[4..]),
            Offset = Read24(record[6..]),
            Bytes = record.Slice(HandshakeHeaderBytes, Math.Min(Read24(record[9..]), recordBytes - HandshakeHeaderBytes)),
        };
        return record[0] == ClientHelloParser.HandshakeType && fragment.MessageBytes <= Reassembly.StreamWindows.WindowBytesMax
            && fragment.Offset <= fragment.MessageBytes - fragment.Bytes.Length;
    }

    private static int Read24(ReadOnlySpan<byte> bytes) => (bytes[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]);
}
