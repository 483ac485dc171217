using System.Buffers.Binary;
using System.Net;

namespace Natflow.Host.NatTest;

/// <summary>A STUN message (RFC 8489) as far as behaviour discovery (RFC 5780) needs it.</summary>
public sealed record StunMessage
{
    /// <summary>Binding request.</summary>
    public const ushort BindingRequest = 0x0001;

    /// <summary>Binding success response.</summary>
    public const ushort BindingSuccess = 0x0101;

    /// <summary>Binding error response.</summary>
    public const ushort BindingError = 0x0111;

    internal const int HeaderBytes = 20;
    internal const uint Cookie = 0x2112_A442;
    internal const ushort MappedAddressType = 0x0001;
    internal const ushort ChangeRequestType = 0x0003;
    internal const ushort ErrorCodeType = 0x0009;
    internal const ushort XorMappedAddressType = 0x0020;
    internal const ushort PaddingType = 0x0026;
    internal const ushort ResponsePortType = 0x0027;
    internal const ushort ResponseOriginType = 0x802B;
    internal const ushort OtherAddressType = 0x802C;

    private const ushort ComprehensionOptional = 0x8000;

    /// <summary>Method and class.</summary>
    public required ushort Type { get; init; }

    /// <summary>What pairs an answer with its request.</summary>
    public required StunTransactionId TransactionId { get; init; }

    /// <summary>The request's source as the server saw it.</summary>
    public IPEndPoint? MappedAddress { get; init; }

    /// <summary>The server's other address and port.</summary>
    public IPEndPoint? OtherAddress { get; init; }

    /// <summary>Where the server sent the answer from.</summary>
    public IPEndPoint? ResponseOrigin { get; init; }

    /// <summary>Error code, 300 to 699; 0 for none.</summary>
    public int ErrorCode { get; init; }

    /// <summary>Whether a mandatory attribute was there that this client does not know.</summary>
    public bool HasUnknownMandatory { get; init; }

    /// <summary>Reads a message. Total over any bytes.</summary>
    /// <param name="bytes">A datagram, or one framed message of a stream.</param>
    /// <param name="message">The message.</param>
    /// <returns>False for what is no STUN message, and for one whose lengths lie.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out StunMessage? message)
    {
        message = null;
        if (bytes.Length < HeaderBytes || (bytes[0] & 0xC0) != 0 || BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) != Cookie)
            return false;
        int bodyBytes = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (bodyBytes % 4 != 0 || bodyBytes != bytes.Length - HeaderBytes)
            return false;

        var read = new StunMessage
        {
            Type = BinaryPrimitives.ReadUInt16BigEndian(bytes),
            TransactionId = StunTransactionId.Read(bytes[8..]),
        };
        for (int position = HeaderBytes; position < bytes.Length;)
        {
            if (bytes.Length - position < 4)
                return false;
            ushort type = BinaryPrimitives.ReadUInt16BigEndian(bytes[position..]);
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(position + 2)..]);
            if (length > bytes.Length - position - 4)
                return false;
            read = read.With(type, bytes.Slice(position + 4, length));
            position += 4 + ((length + 3) & ~3);
        }

        message = read;
        return true;
    }

    // The first attribute of a kind counts (RFC 8489 section 14); XOR-MAPPED-ADDRESS goes before the plain one, which NATs rewrite.
    private StunMessage With(ushort type, ReadOnlySpan<byte> value)
    {
        switch (type)
        {
            case XorMappedAddressType:
                return this with { MappedAddress = ReadAddress(value, isXor: true) ?? MappedAddress };
            case MappedAddressType:
                return MappedAddress is null ? this with { MappedAddress = ReadAddress(value, isXor: false) } : this;
            case OtherAddressType:
                return OtherAddress is null ? this with { OtherAddress = ReadAddress(value, isXor: false) } : this;
            case ResponseOriginType:
                return ResponseOrigin is null ? this with { ResponseOrigin = ReadAddress(value, isXor: false) } : this;
            case ErrorCodeType:
                return value.Length >= 4 ? this with { ErrorCode = ((value[2] & 7) * 100) + value[3] } : this;
            case ChangeRequestType or PaddingType or ResponsePortType:
                return this;
            default:
                return (type & ComprehensionOptional) != 0 ? this : this with { HasUnknownMandatory = true };
        }
    }

    private IPEndPoint? ReadAddress(ReadOnlySpan<byte> value, bool isXor)
    {
        int addressBytes = value.Length < 4 ? 0 : value[1] switch { 1 => 4, 2 => 16, _ => 0 };
        if (addressBytes == 0 || value.Length != 4 + addressBytes)
            return null;

        Span<byte> mask = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(mask, Cookie);
        TransactionId.Write(mask[4..]);
        Span<byte> address = stackalloc byte[addressBytes];
        for (int i = 0; i < addressBytes; i++)
            address[i] = (byte)(value[4 + i] ^ (isXor ? mask[i] : 0));
        int port = BinaryPrimitives.ReadUInt16BigEndian(value[2..]) ^ (isXor ? (int)(Cookie >> 16) : 0);
        return new IPEndPoint(new IPAddress(address), port);
    }
}
