using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Core;

namespace Natflow.Flows.Alg.Ftp;

/// <summary>Reads the line by which a client announces a data connection over IPv6: EPRT with protocol 2 (RFC 2428 section 2). Total, no allocation.</summary>
internal static class Ipv6FtpLine
{
    private const int DelimiterMin = 33;
    private const int DelimiterMax = 126;
    private const int Groups = 8;

    /// <summary>Reads a line.</summary>
    /// <param name="line">Without its line end; any bytes.</param>
    /// <param name="address">What it announces.</param>
    /// <param name="port">Host byte order.</param>
    /// <returns>False for every other line.</returns>
    internal static bool TryParse(ReadOnlySpan<byte> line, out Ipv6Address address, out ushort port)
    {
        address = default;
        port = 0;
        if (!AsciiText.StartsWith(line, "eprt "u8))
            return false;
        int position = 5;
        while (position < line.Length && line[position] == (byte)' ')
            position++;
        if (position >= line.Length || line[position] is < DelimiterMin or > DelimiterMax)
            return false;
        byte delimiter = line[position++];
        if (!AsciiText.TryRead(line, ref position, (byte)'2') || !AsciiText.TryRead(line, ref position, delimiter))
            return false;
        int end = line[position..].IndexOf(delimiter);
        if (end < 0 || !TryReadAddress(line.Slice(position, end), out address))
            return false;
        position += end + 1;
        if (!AsciiText.TryReadNumber(line, ref position, ushort.MaxValue, out int number) || !AsciiText.TryRead(line, ref position, delimiter))
            return false;
        port = (ushort)number;
        return true;
    }

    /// <summary>Reads an address in the forms 1 to 3 of RFC 4291 section 2.2, without a zone.</summary>
    internal static bool TryReadAddress(ReadOnlySpan<byte> text, out Ipv6Address address)
    {
        address = default;
        Span<byte> bytes = stackalloc byte[Ipv6Address.SizeBytes];
        bytes.Clear();
        int count = 0; // Groups read.
        int gap = -1; // Groups before "::".
        int position = 0;
        if (text.StartsWith("::"u8))
        {
            gap = 0;
            position = 2;
        }

        while (position < text.Length)
        {
            if (count == Groups)
                return false;
            if (count <= Groups - 2 && TryReadDotted(text[position..], bytes[(2 * count)..]))
            {
                count += 2;
                position = text.Length;
                break;
            }

            if (!TryReadGroup(text, ref position, bytes[(2 * count)..]))
                return false;
            count++;
            if (position == text.Length)
                break;
            if (!AsciiText.TryRead(text, ref position, (byte)':') || position == text.Length)
                return false;
            if (text[position] != (byte)':')
                continue;
            if (gap >= 0)
                return false;
            gap = count;
            position++;
        }

        if (gap < 0 ? count != Groups : count == Groups)
            return false;
        if (gap >= 0)
            Spread(bytes, gap, count);
        address = Ipv6Address.Read(bytes);
        return true;
    }

    // The groups behind the gap go to the end.
    private static void Spread(Span<byte> bytes, int gap, int count)
    {
        int behindBytes = 2 * (count - gap);
        bytes.Slice(2 * gap, behindBytes).CopyTo(bytes[^behindBytes..]);
        bytes[(2 * gap)..^behindBytes].Clear();
    }

    private static bool TryReadGroup(ReadOnlySpan<byte> text, ref int position, Span<byte> group)
    {
        int value = 0;
        int start = position;
        while (position < text.Length && char.IsAsciiHexDigit((char)text[position]))
        {
            if (position - start == 4)
                return false;
            int letter = text[position++] | 0x20; // Digits have that bit already.
            value = (value << 4) | (letter >= 'a' ? letter - 'a' + 10 : letter - '0');
        }

        BinaryPrimitives.WriteUInt16BigEndian(group, (ushort)value);
        return position != start;
    }

    private static bool TryReadDotted(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        int position = 0;
        if (!AsciiText.TryReadAddress(text, ref position, (byte)'.', out uint addressBe) || position != text.Length)
            return false;
        MemoryMarshal.Write(bytes, addressBe);
        return true;
    }
}
