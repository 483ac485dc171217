using System.Buffers.Binary;

namespace Natflow.Inspect.Dns;

/// <summary>Reads the header and the questions of a DNS message (RFC 1035 section 4.1), one after the other. Total over any bytes; no allocation.</summary>
public ref struct DnsMessageReader
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 12;

    /// <summary>Room that the text of a name needs at most: each byte as <c>\xHH</c>.</summary>
    public const int NameTextMax = 4 * DnsNames.WireBytesMax;

    private const int ResponseBit = 0x80;
    private const int OpcodeMask = 0x78;

    private readonly ReadOnlySpan<byte> _message;
    private int _offset;
    private int _questionsLeft;
    private int _answersLeft;

    /// <summary>Begins to read.</summary>
    /// <param name="message">The whole message, without the length that TCP puts before it.</param>
    public DnsMessageReader(ReadOnlySpan<byte> message)
    {
        _message = message;
        _offset = HeaderBytes;
        if (message.Length < HeaderBytes) return;
        _questionsLeft = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        _answersLeft = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        IsResponse = (message[2] & ResponseBit) != 0;
        IsStandard = (message[2] & OpcodeMask) == 0;
    }

    /// <summary>The message answers.</summary>
    public bool IsResponse { get; }

    /// <summary>Opcode QUERY.</summary>
    public readonly bool IsStandard { get; }

    /// <summary>Reads the next question.</summary>
    /// <param name="nameText">Receives the name: labels joined by dots, "." for the root; bytes outside 0x21 to 0x7E, backslashes, and dots inside labels as <c>\xHH</c>.</param>
    /// <param name="textBytes">Bytes of the text; 0 where the name is not a plain sequence of labels (a pointer or an unknown label type).</param>
    /// <param name="type">The type asked for.</param>
    /// <returns>False after the last question and where the message ends inside one.</returns>
    public bool TryReadQuestion(Span<byte> nameText, out int textBytes, out ushort type)
    {
        textBytes = 0;
        type = 0;
        if (_questionsLeft == 0) return false;
        _questionsLeft--;
        if (!DnsNames.TryRead(_message, ref _offset, nameText, out textBytes, out bool hasPointer) || _message.Length - _offset < 4)
        {
            _questionsLeft = 0;
            _answersLeft = 0;
            return false;
        }

        if (hasPointer) textBytes = 0;
        type = BinaryPrimitives.ReadUInt16BigEndian(_message[_offset..]);
        _offset += 4;
        return true;
    }

    /// <summary>Reads the next address among the answers; other records are passed over. After all questions.</summary>
    /// <param name="address">4 or 16 bytes.</param>
    /// <param name="ttlSeconds">How long it may be kept.</param>
    /// <returns>False after the last answer and where the message ends inside one.</returns>
    public bool TryReadAddress(out ReadOnlySpan<byte> address, out uint ttlSeconds)
    {
        const int fixedBytes = 10;
        address = default;
        ttlSeconds = 0;
        while (_answersLeft > 0)
        {
            _answersLeft--;
            if (!DnsNames.TrySkip(_message, ref _offset) || _message.Length - _offset < fixedBytes) break;
            ReadOnlySpan<byte> record = _message[_offset..];
            int length = BinaryPrimitives.ReadUInt16BigEndian(record[8..]);
            if (record.Length - fixedBytes < length) break;
            _offset += fixedBytes + length;
            int addressBytes = BinaryPrimitives.ReadUInt16BigEndian(record) switch { DnsType.A => 4, DnsType.Aaaa => 16, _ => 0 };
            if (addressBytes == 0 || addressBytes != length) continue;
            ttlSeconds = BinaryPrimitives.ReadUInt32BigEndian(record[4..]);
            address = record.Slice(fixedBytes, length);
            return true;
        }

        _answersLeft = 0;
        return false;
    }
}
