using System.Buffers.Binary;

namespace Natflow.Host.NatTest;

/// <summary>A binding request with the attributes of RFC 5780 section 7.</summary>
public sealed record StunRequest
{
    private const uint ChangeAddressBit = 4;
    private const uint ChangePortBit = 2;

    /// <summary>What pairs the answer with it.</summary>
    public StunTransactionId TransactionId { get; init; } = StunTransactionId.Next();

    /// <summary>The answer is to come from the server's other address.</summary>
    public bool ChangeAddress { get; init; }

    /// <summary>The answer is to come from the server's other port.</summary>
    public bool ChangePort { get; init; }

    /// <summary>Port at the request's source that the answer is to go to; 0 for the source port.</summary>
    public ushort ResponsePort { get; init; }

    /// <summary>Bytes of padding, to make a fragmented datagram; 0 for none.</summary>
    public ushort PaddingBytes { get; init; }

    /// <summary>The request as it goes on the wire.</summary>
    public byte[] ToArray()
    {
        var bytes = new List<byte>(StunMessage.HeaderBytes);
        if (ChangeAddress || ChangePort)
            Append(bytes, StunMessage.ChangeRequestType, Word((ChangeAddress ? ChangeAddressBit : 0) | (ChangePort ? ChangePortBit : 0)));
        if (ResponsePort != 0)
            Append(bytes, StunMessage.ResponsePortType, Word((uint)ResponsePort << 16)); // Two bytes of port, two reserved.
        if (PaddingBytes != 0)
            Append(bytes, StunMessage.PaddingType, new byte[PaddingBytes]);

        byte[] header = new byte[StunMessage.HeaderBytes];
        BinaryPrimitives.WriteUInt16BigEndian(header, StunMessage.BindingRequest);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)bytes.Count);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), StunMessage.Cookie);
        TransactionId.Write(header.AsSpan(8));
        return [.. header, .. bytes];
    }

    private static byte[] Word(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static void Append(List<byte> bytes, ushort type, byte[] value)
    {
        bytes.AddRange([(byte)(type >> 8), (byte)type, (byte)(value.Length >> 8), (byte)value.Length]);
        bytes.AddRange(value);
        while (bytes.Count % 4 != 0)
            bytes.Add(0);
    }
}
