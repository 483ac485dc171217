namespace Natflow.Flows.Alg.Sip;

/// <summary>Finds the parts of a SIP message (RFC 3261 section 7) that the gateway reads. Total over any bytes, no allocation.</summary>
internal static class SipText
{
    /// <summary>What a header line is to the gateway.</summary>
    internal enum Header
    {
        /// <summary>Copied as it is.</summary>
        Other,

        /// <summary>Carries endpoints: Via, Contact.</summary>
        Endpoints,

        /// <summary>Content-Length.</summary>
        ContentLength,

        /// <summary>Content-Type, with a session description.</summary>
        SessionDescription,
    }

    /// <summary>Whether a start line is of SIP: a request ends in its version, a response begins with it.</summary>
    internal static bool IsStartLine(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> trimmed = TrimEnd(line);
        return trimmed.StartsWith("SIP/2.0 "u8) || trimmed.EndsWith(" SIP/2.0"u8);
    }

    /// <summary>Bytes of the head up to and with the empty line; -1 when it is not whole.</summary>
    internal static int HeadBytes(ReadOnlySpan<byte> message)
    {
        int end = message.IndexOf("\r\n\r\n"u8);
        return end < 0 ? -1 : end + 4;
    }

    /// <summary>Next line with its line end.</summary>
    internal static ReadOnlySpan<byte> NextLine(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)'\n');
        return end < 0 ? text : text[..(end + 1)];
    }

    /// <summary>What a header line is.</summary>
    /// <param name="line">The line.</param>
    /// <param name="valueOffset">Where its value begins.</param>
    internal static Header Classify(ReadOnlySpan<byte> line, out int valueOffset)
    {
        int colon = line.IndexOf((byte)':');
        valueOffset = colon + 1;
        if (colon < 0)
            return Header.Other;
        ReadOnlySpan<byte> name = TrimEnd(line[..colon]);
        if (Is(name, "via"u8, (byte)'v') || Is(name, "contact"u8, (byte)'m'))
            return Header.Endpoints;
        while (valueOffset < line.Length && line[valueOffset] is (byte)' ' or (byte)'\t')
            valueOffset++;
        if (Is(name, "content-length"u8, (byte)'l'))
            return Header.ContentLength;
        bool isDescription = Is(name, "content-type"u8, (byte)'c') && AsciiText.StartsWith(line[valueOffset..], "application/sdp"u8);
        return isDescription ? Header.SessionDescription : Header.Other;
    }

    /// <summary>The body's length by the head; -1 where the head does not say, -2 where it says nonsense.</summary>
    internal static int ContentLength(ReadOnlySpan<byte> head)
    {
        int found = -1;
        while (head.Length != 0)
        {
            ReadOnlySpan<byte> line = NextLine(head);
            head = head[line.Length..];
            if (Classify(line, out int position) != Header.ContentLength)
                continue;
            if (found != -1 || !AsciiText.TryReadNumber(line, ref position, ushort.MaxValue, out found) || !IsEnd(line[position..]))
                return -2;
        }

        return found;
    }

    /// <summary>Whether only white space is left of a line.</summary>
    internal static bool IsEnd(ReadOnlySpan<byte> rest) => TrimEnd(rest).Length == 0;

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lowerName, byte compact) =>
        (name.Length == lowerName.Length && AsciiText.StartsWith(name, lowerName)) || (name.Length == 1 && (name[0] | 0x20) == compact);

    private static ReadOnlySpan<byte> TrimEnd(ReadOnlySpan<byte> text) => text.TrimEnd(" \t\r\n"u8);
}
