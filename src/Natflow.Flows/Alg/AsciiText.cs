using System.Buffers.Binary;

namespace Natflow.Flows.Alg;

/// <summary>Reads and writes numbers and addresses as ASCII text. Total, no allocation.</summary>
internal static class AsciiText
{
    /// <summary>Longest dotted address.</summary>
    internal const int AddressBytesMax = 15;

    /// <summary>Longest port number.</summary>
    internal const int PortBytesMax = 5;

    /// <summary>Reads a decimal number.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="position">Where it begins; behind it afterwards.</param>
    /// <param name="max">Largest value that counts; at most 65535.</param>
    /// <param name="value">The number.</param>
    /// <returns>False where no digit is, and for larger numbers.</returns>
    internal static bool TryReadNumber(ReadOnlySpan<byte> text, ref int position, int max, out int value)
    {
        value = 0;
        int start = position;
        while (position < text.Length && text[position] is >= (byte)'0' and <= (byte)'9')
        {
            value = (value * 10) + text[position++] - '0';
            if (value > max || position - start > PortBytesMax)
                return false;
        }

        return position != start;
    }

    /// <summary>Reads four numbers with a separator.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="position">Where they begin; behind them afterwards.</param>
    /// <param name="separator">A dot or a comma.</param>
    /// <param name="addressBe">The address, network byte order.</param>
    internal static bool TryReadAddress(ReadOnlySpan<byte> text, ref int position, byte separator, out uint addressBe)
    {
        addressBe = 0;
        uint address = 0;
        for (int i = 0; i < 4; i++)
        {
            if (i != 0 && !TryRead(text, ref position, separator))
                return false;
            if (!TryReadNumber(text, ref position, byte.MaxValue, out int part))
                return false;
            address = (address << 8) | (uint)part;
        }

        addressBe = BinaryPrimitives.ReverseEndianness(address);
        return true;
    }

    /// <summary>Steps over one byte, if it is the wanted one.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> text, ref int position, byte wanted)
    {
        if (position >= text.Length || text[position] != wanted)
            return false;
        position++;
        return true;
    }

    /// <summary>Whether a text begins with another, letters of any case.</summary>
    internal static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerPrefix)
    {
        if (text.Length < lowerPrefix.Length)
            return false;
        for (int i = 0; i < lowerPrefix.Length; i++)
        {
            int letter = text[i] is >= (byte)'A' and <= (byte)'Z' ? text[i] | 0x20 : text[i];
            if (letter != lowerPrefix[i])
                return false;
        }

        return true;
    }

    /// <summary>Writes four numbers with a separator; at most 15 bytes.</summary>
    internal static int WriteAddress(Span<byte> text, uint addressBe, byte separator)
    {
        uint address = BinaryPrimitives.ReverseEndianness(addressBe);
        int length = 0;
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            length += WriteNumber(text[length..], (int)((address >> shift) & 0xFF));
            if (shift != 0)
                text[length++] = separator;
        }

        return length;
    }

    /// <summary>Writes a number without leading zeros.</summary>
    /// <param name="text">At least as many bytes as digits.</param>
    /// <param name="value">0 to 65535.</param>
    internal static int WriteNumber(Span<byte> text, int value)
    {
        int digits = value >= 10_000 ? 5 : value >= 1_000 ? 4 : value >= 100 ? 3 : value >= 10 ? 2 : 1;
        for (int i = digits - 1; i >= 0; i--)
        {
            text[i] = (byte)('0' + (value % 10));
            value /= 10;
        }

        return digits;
    }
}
