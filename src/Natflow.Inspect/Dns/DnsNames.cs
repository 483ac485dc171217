namespace Natflow.Inspect.Dns;

/// <summary>Names in DNS messages (RFC 1035 sections 3.1 and 4.1.4). Total over any bytes; no allocation; the loops are bounded by the longest name.</summary>
public static class DnsNames
{
    /// <summary>Longest name on the wire that is read. RFC 1035 allows 255 bytes; senders that do not care are logged all the same.</summary>
    public const int WireBytesMax = 512;

    private const int LabelBytesMax = 63;
    private const int PointerMask = 0xC0;

    /// <summary>Reads a name and steps over it. A compression pointer ends it: what it points to is not looked at.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="offset">Where the name begins; where what follows it begins.</param>
    /// <param name="text">Receives the text, see <see cref="DnsMessageReader.TryReadQuestion"/>; room for <see cref="DnsMessageReader.NameTextMax"/>.</param>
    /// <param name="textBytes">Bytes of the text.</param>
    /// <param name="hasPointer">The name does not end here, or has a label of an unknown type.</param>
    /// <returns>False where the message ends inside the name, and for names longer than <see cref="WireBytesMax"/>.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, ref int offset, Span<byte> text, out int textBytes, out bool hasPointer)
    {
        textBytes = 0;
        hasPointer = false;
        int end = Math.Min(message.Length, offset + WireBytesMax);
        while (offset < end)
        {
            int length = message[offset++];
            if (length == 0)
            {
                if (textBytes == 0) text[textBytes++] = (byte)'.';
                return true;
            }

            if (length > LabelBytesMax)
            {
                hasPointer = true;
                return (length & PointerMask) == PointerMask && ++offset <= message.Length;
            }

            if (length > end - offset) return false;
            if (textBytes > 0) text[textBytes++] = (byte)'.';
            textBytes += WriteLabel(message.Slice(offset, length), text[textBytes..]);
            offset += length;
        }

        return false;
    }

    /// <summary>Steps over a name.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="offset">Where the name begins; where what follows it begins.</param>
    /// <returns>False where the message ends inside the name, and for a label of an unknown type.</returns>
    public static bool TrySkip(ReadOnlySpan<byte> message, ref int offset)
    {
        int end = Math.Min(message.Length, offset + WireBytesMax);
        while (offset < end)
        {
            int length = message[offset++];
            if (length == 0) return true;
            if (length > LabelBytesMax) return (length & PointerMask) == PointerMask && ++offset <= message.Length;
            offset += length;
        }

        return false;
    }

    private static int WriteLabel(ReadOnlySpan<byte> label, Span<byte> text)
    {
        int written = 0;
        foreach (byte value in label)
        {
            if (value is > 0x20 and < 0x7F and not ((byte)'\\' or (byte)'.'))
            {
                text[written++] = value;
                continue;
            }

            text[written++] = (byte)'\\';
            text[written++] = (byte)'x';
            text[written++] = Digit(value >> 4);
            text[written++] = Digit(value & 0x0F);
        }

        return written;
    }

    private static byte Digit(int value) => (byte)(value < 10 ? '0' + value : 'a' + value - 10);
}
