using System.Buffers.Binary;

namespace Natflow.Flows.Alg.Ftp;

/// <summary>Reads the four lines that announce a data connection: PORT and EPRT from a client, 227 and 229 from a server (RFC 959, RFC 2428). Total.</summary>
internal static class FtpLine
{
    private const int DelimiterMin = 33; // RFC 2428 section 2: any printing character; 33 to 126.
    private const int DelimiterMax = 126;

    /// <summary>Longest text that <see cref="Write"/> makes.</summary>
    internal const int TextBytesMax = 24;

    /// <summary>Reads a line.</summary>
    /// <param name="line">Without its line end; any bytes.</param>
    /// <param name="isServer">Who speaks.</param>
    /// <param name="endpoint">What it announces.</param>
    /// <returns>False for every other line.</returns>
    internal static bool TryParse(ReadOnlySpan<byte> line, bool isServer, out FtpEndpoint endpoint)
    {
        endpoint = default;
        if (isServer)
        {
            return (AsciiText.StartsWith(line, "227 "u8) && TryFindHostPort(line, out endpoint))
                || (AsciiText.StartsWith(line, "229 "u8) && TryFindPortOnly(line, out endpoint));
        }

        return (AsciiText.StartsWith(line, "port "u8) && TryReadHostPort(line, SkipSpaces(line, 5), out endpoint))
            || (AsciiText.StartsWith(line, "eprt "u8) && TryReadExtended(line, SkipSpaces(line, 5), out endpoint));
    }

    /// <summary>Writes an endpoint in the form it was announced in.</summary>
    /// <param name="text">At least <see cref="TextBytesMax"/> bytes.</param>
    /// <param name="format">The form.</param>
    /// <param name="delimiter">Of the extended form.</param>
    /// <param name="addressBe">Network byte order.</param>
    /// <param name="portBe">Network byte order.</param>
    /// <returns>Bytes written.</returns>
    internal static int Write(Span<byte> text, EndpointFormat format, byte delimiter, uint addressBe, ushort portBe)
    {
        int port = BinaryPrimitives.ReverseEndianness(portBe);
        int length = 0;
        switch (format)
        {
            case EndpointFormat.HostPort:
                length = AsciiText.WriteAddress(text, addressBe, (byte)',');
                text[length++] = (byte)',';
                length += AsciiText.WriteNumber(text[length..], port >> 8);
                text[length++] = (byte)',';
                return length + AsciiText.WriteNumber(text[length..], port & 0xFF);
            case EndpointFormat.Extended:
                length = AsciiText.WriteAddress(text, addressBe, (byte)'.');
                text[length++] = delimiter;
                break;
        }

        return length + AsciiText.WriteNumber(text[length..], port);
    }

    private static int SkipSpaces(ReadOnlySpan<byte> line, int position)
    {
        while (position < line.Length && line[position] == (byte)' ')
            position++;
        return position;
    }

    // Servers differ in the words, and in whether the numbers stand in parentheses: the first six numbers behind the code count.
    private static bool TryFindHostPort(ReadOnlySpan<byte> line, out FtpEndpoint endpoint)
    {
        for (int i = 4; i < line.Length; i++)
        {
            if (line[i] is >= (byte)'0' and <= (byte)'9')
                return TryReadHostPort(line, i, out endpoint);
        }

        endpoint = default;
        return false;
    }

    private static bool TryReadHostPort(ReadOnlySpan<byte> line, int start, out FtpEndpoint endpoint)
    {
        endpoint = default;
        int position = start;
        if (!AsciiText.TryReadAddress(line, ref position, (byte)',', out uint addressBe)
            || !AsciiText.TryRead(line, ref position, (byte)',')
            || !AsciiText.TryReadNumber(line, ref position, byte.MaxValue, out int high)
            || !AsciiText.TryRead(line, ref position, (byte)',')
            || !AsciiText.TryReadNumber(line, ref position, byte.MaxValue, out int low))
        {
            return false;
        }

        endpoint = new FtpEndpoint(addressBe, (ushort)((high << 8) | low), start, position - start, EndpointFormat.HostPort, 0);
        return addressBe != 0;
    }

    private static bool TryReadExtended(ReadOnlySpan<byte> line, int start, out FtpEndpoint endpoint)
    {
        endpoint = default;
        if (start >= line.Length || line[start] is < DelimiterMin or > DelimiterMax)
            return false;
        byte delimiter = line[start];
        int position = start + 1;
        if (!AsciiText.TryRead(line, ref position, (byte)'1') || !AsciiText.TryRead(line, ref position, delimiter))
            return false;

        int first = position;
        if (!AsciiText.TryReadAddress(line, ref position, (byte)'.', out uint addressBe)
            || !AsciiText.TryRead(line, ref position, delimiter)
            || !AsciiText.TryReadNumber(line, ref position, ushort.MaxValue, out int port))
        {
            return false;
        }

        endpoint = new FtpEndpoint(addressBe, (ushort)port, first, position - first, EndpointFormat.Extended, delimiter);
        return addressBe != 0 && AsciiText.TryRead(line, ref position, delimiter);
    }

    private static bool TryFindPortOnly(ReadOnlySpan<byte> line, out FtpEndpoint endpoint)
    {
        endpoint = default;
        int open = line.IndexOf((byte)'(');
        if (open < 0 || open + 1 >= line.Length)
            return false;
        byte delimiter = line[open + 1];
        int position = open + 1;
        for (int i = 0; i < 3; i++)
        {
            if (!AsciiText.TryRead(line, ref position, delimiter))
                return false;
        }

        int first = position;
        if (delimiter is < DelimiterMin or > DelimiterMax or (>= (byte)'0' and <= (byte)'9')
            || !AsciiText.TryReadNumber(line, ref position, ushort.MaxValue, out int port))
        {
            return false;
        }

        endpoint = new FtpEndpoint(0, (ushort)port, first, position - first, EndpointFormat.PortOnly, delimiter);
        return AsciiText.TryRead(line, ref position, delimiter);
    }
}
