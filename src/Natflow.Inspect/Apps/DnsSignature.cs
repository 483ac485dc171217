using System.Buffers.Binary;

namespace Natflow.Inspect.Apps;

/// <summary>A DNS message to or from port 53 (RFC 1035 section 4.1): queries, notifications and updates with a well-formed first question.</summary>
internal static class DnsSignature
{
    private const ushort Port = 53;
    private const int HeaderBytes = 12;
    private const int TypeAndClassBytes = 4;
    private const int StepsMax = 128;
    private const int PointersMax = 16;
    private const int LabelBytesMax = 63;
    private const int NameBytesMax = 253;
    private const int QuestionsMax = 64;

    // Query, notify (RFC 1996), update (RFC 2136); beside them inverse query and status (RFC 1035 section 4.1.1), which nobody asks any more.
    private const uint OpcodesReadable = (1 << 0) | (1 << 4) | (1 << 5);
    private const uint OpcodesKnown = OpcodesReadable | (1 << 1) | (1 << 2);

    internal static Evidence Match(in AppPacket packet)
    {
        if (!packet.HasPort(Port))
            return default;
        ReadOnlySpan<byte> message = packet.Payload;
        if (packet.IsTcp)
        {
            if (message.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(message) < HeaderBytes)
                return default;
            message = message[2..];
        }

        if (!IsHeader(message, packet.SenderPort, packet.ReceiverPort))
            return default;
        return IsMessage(message) ? Evidence.Of(FlowProtocol.Dns, AppSource.Dns) : Evidence.Backed(FlowProtocol.Dns, AppSource.Dns);
    }

    // A header alone, on this port, is enough for a question that cannot be read: a damaged message, or an inverse query.
    private static bool IsHeader(ReadOnlySpan<byte> message, ushort senderPort, ushort receiverPort)
    {
        if (message.Length < HeaderBytes)
            return false;
        bool isResponse = (message[2] & 0x80) != 0;
        if (isResponse ? senderPort != Port : receiverPort != Port)
            return false;
        int opcode = (message[2] >> 3) & 0x0F;
        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        int answers = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        bool isReserved = (message[3] & 0x40) != 0;
        return ((OpcodesKnown >> opcode) & 1) != 0 && !isReserved && questions <= QuestionsMax && questions + answers > 0;
    }

    private static bool IsMessage(ReadOnlySpan<byte> message) =>
        ((OpcodesReadable >> ((message[2] >> 3) & 0x0F)) & 1) != 0 && BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 0 && HasQuestion(message);

    // Pointers may lead anywhere in the message, each place once; steps, pointers and text are bounded.
    private static bool HasQuestion(ReadOnlySpan<byte> message)
    {
        Span<ushort> seen = stackalloc ushort[PointersMax];
        int position = HeaderBytes;
        int end = 0;
        int pointers = 0;
        int textBytes = 0;
        for (int step = 0; step < StepsMax && position < message.Length; step++)
        {
            int length = message[position];
            if (length == 0)
                return (end != 0 ? end : position + 1) + TypeAndClassBytes <= message.Length;
            if (length <= LabelBytesMax)
            {
                position += length + 1;
                textBytes += length + 1;
                if (textBytes > NameBytesMax + 1)
                    return false;
                continue;
            }

            if (length < 0xC0 || position + 2 > message.Length || pointers == PointersMax)
                return false;
            ushort target = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(message[position..]) & 0x3FFF);
            if (seen[..pointers].Contains(target))
                return false;
            seen[pointers++] = target;
            end = end != 0 ? end : position + 2;
            position = target;
        }

        return false;
    }
}
