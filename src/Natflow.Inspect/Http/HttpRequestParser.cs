using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text;

using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Http;

/// <summary>Reads the head of an HTTP/1 request (RFC 9112), as lenient as servers are. Total over any bytes; no allocation.</summary>
public static class HttpRequestParser
{
    /// <summary>Longest method that is read.</summary>
    public const int MethodBytesMax = 32;

    private const byte Lf = (byte)'\n';
    private const byte Cr = (byte)'\r';
    private const byte Blank = (byte)' ';
    private const int VersionBytes = 8;

    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Reads a head. Empty lines before it are passed over (RFC 9112 section 2.2).</summary>
    /// <param name="bytes">From the start of a message on.</param>
    /// <param name="request">The head, where the result is <see cref="ParseStatus.Complete"/>.</param>
    /// <returns>Complete once the empty line is there; NeedMore while the bytes may become a head.</returns>
    public static ParseStatus TryParse(ReadOnlySpan<byte> bytes, out HttpRequest request)
    {
        request = default;
        int start = LeadingEmptyLines(bytes);
        ReadOnlySpan<byte> head = bytes[start..];
        if (!MayBeMethod(head)) return ParseStatus.NotThis;

        int lineBytes = head.IndexOf(Lf) + 1;
        if (lineBytes == 0) return ParseStatus.NeedMore;
        if (!TryParseRequestLine(TrimLineEnd(head[..lineBytes]), ref request)) return ParseStatus.NotThis;

        for (int offset = lineBytes; ;)
        {
            int next = head[offset..].IndexOf(Lf) + 1;
            if (next == 0) return ParseStatus.NeedMore;
            ReadOnlySpan<byte> line = TrimLineEnd(head.Slice(offset, next));
            offset += next;
            if (line.IsEmpty)
            {
                request.HeadBytes = start + offset;
                return ParseStatus.Complete;
            }

            if (MayMatter(line[0])) ReadHeader(line, ref request);
        }
    }

    /// <summary>Whether bytes at the start of a message can begin a request: a method, or part of one where no more bytes are there.</summary>
    public static bool MayBeMethod(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOfAnyExcept(TokenBytes);
        if (end < 0) return bytes.Length <= MethodBytesMax;
        return end is > 0 and <= MethodBytesMax && bytes[end] == Blank;
    }

    /// <summary>Whether bytes begin with a whole request line.</summary>
    public static bool IsRequest(ReadOnlySpan<byte> bytes)
    {
        int lineBytes = bytes.IndexOf(Lf) + 1;
        var request = default(HttpRequest);
        return lineBytes > 0 && MayBeMethod(bytes) && TryParseRequestLine(TrimLineEnd(bytes[..lineBytes]), ref request);
    }

    private static int LeadingEmptyLines(ReadOnlySpan<byte> bytes)
    {
        int start = 0;
        while (start < bytes.Length && bytes[start] is Cr or Lf)
            start++;
        return start;
    }

    private static bool TryParseRequestLine(ReadOnlySpan<byte> line, ref HttpRequest request)
    {
        int methodBytes = line.IndexOf(Blank);
        int targetEnd = line.LastIndexOf(Blank);
        if (methodBytes <= 0 || targetEnd <= methodBytes) return false;

        ReadOnlySpan<byte> version = line[(targetEnd + 1)..];
        if (version.Length != VersionBytes || !version.StartsWith("HTTP/1."u8) || version[^1] is < (byte)'0' or > (byte)'9') return false;

        request.Method = line[..methodBytes];
        request.Target = line[(methodBytes + 1)..targetEnd];
        return true;
    }

    // Few headers matter, and their first letters tell most others apart.
    private static bool MayMatter(byte letter) => (letter | 0x20) is 'h' or 'c' or 't' or 'u';

    private static void ReadHeader(ReadOnlySpan<byte> line, ref HttpRequest request)
    {
        switch (line[0] | 0x20)
        {
            case 'h' when !request.HasHost && TryValue(line, "host"u8, out ReadOnlySpan<byte> host):
                request.Host = host;
                request.HasHost = true;
                break;
            case 'c' when TryValue(line, "content-length"u8, out ReadOnlySpan<byte> length):
                request.ContentBytes = Utf8Parser.TryParse(length, out long bytes, out _) && bytes > 0 ? bytes : 0;
                break;
            case 't' when TryValue(line, "transfer-encoding"u8, out ReadOnlySpan<byte> encoding):
                request.IsChunked |= EndsWithIgnoreCase(encoding, "chunked"u8);
                break;
            case 'u' when TryValue(line, "upgrade"u8, out ReadOnlySpan<byte> protocol):
                request.AsksUpgrade = !protocol.IsEmpty;
                break;
        }
    }

    private static bool TryValue(ReadOnlySpan<byte> line, ReadOnlySpan<byte> lowerName, out ReadOnlySpan<byte> value)
    {
        value = default;
        int end = lowerName.Length;
        if (line.Length <= end || !(line[end] == (byte)':' || IsBlank(line[end])) || !Ascii.EqualsIgnoreCase(line[..end], lowerName)) return false;

        while (end < line.Length && IsBlank(line[end]))
            end++;
        if (end == line.Length || line[end] != (byte)':') return false;
        value = Trim(line[(end + 1)..]);
        return true;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value)
    {
        int start = 0;
        int end = value.Length;
        while (start < end && IsBlank(value[start]))
            start++;
        while (end > start && IsBlank(value[end - 1]))
            end--;
        return value[start..end];
    }

    private static bool IsBlank(byte letter) => letter is Blank or (byte)'\t';

    private static bool EndsWithIgnoreCase(ReadOnlySpan<byte> value, ReadOnlySpan<byte> lowerEnd) =>
        value.Length >= lowerEnd.Length && Ascii.EqualsIgnoreCase(value[^lowerEnd.Length..], lowerEnd);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Of every line of a head.
    private static ReadOnlySpan<byte> TrimLineEnd(ReadOnlySpan<byte> line)
    {
        int end = line.Length - 1;
        return line[..(end > 0 && line[end - 1] == Cr ? end - 1 : end)];
    }
}
