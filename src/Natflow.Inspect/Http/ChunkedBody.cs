using System.Buffers.Text;

using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Http;

/// <summary>Steps over a body in chunks (RFC 9112 section 7.1) without looking into it. Total over any bytes; no allocation.</summary>
public static class ChunkedBody
{
    /// <summary>Longest chunk-size line that is read: a size and extensions.</summary>
    public const int LineBytesMax = 4096;

    /// <summary>Largest chunk that is stepped over.</summary>
    public const long ChunkBytesMax = 1 << 30;

    /// <summary>Reads the line before a chunk.</summary>
    /// <param name="bytes">From the line on.</param>
    /// <param name="advance">Bytes of the line, the chunk and the line end behind it: more than are there, as a rule.</param>
    /// <param name="isLast">The chunk is the empty one: a trailer follows, up to an empty line.</param>
    public static ParseStatus TryStep(ReadOnlySpan<byte> bytes, out long advance, out bool isLast)
    {
        advance = 0;
        isLast = false;
        int end = bytes[..Math.Min(bytes.Length, LineBytesMax)].IndexOf((byte)'\n');
        if (end < 0) return bytes.Length < LineBytesMax ? ParseStatus.NeedMore : ParseStatus.NotThis;
        if (!Utf8Parser.TryParse(bytes[..end], out long size, out int digits, 'x') || digits == 0 || size is < 0 or > ChunkBytesMax)
            return ParseStatus.NotThis;

        isLast = size == 0;
        advance = end + 1 + size + (isLast ? 0 : LineEndBytes);
        return ParseStatus.Complete;
    }

    /// <summary>Reads a line of the trailer.</summary>
    /// <param name="bytes">From the line on.</param>
    /// <param name="advance">Bytes of the line.</param>
    /// <param name="isLast">The line is the empty one, after which the next message begins.</param>
    public static ParseStatus TryStepTrailer(ReadOnlySpan<byte> bytes, out long advance, out bool isLast)
    {
        int end = bytes[..Math.Min(bytes.Length, LineBytesMax)].IndexOf((byte)'\n');
        advance = end + 1;
        isLast = end == 0 || (end == 1 && bytes[0] == (byte)'\r');
        if (end < 0) return bytes.Length < LineBytesMax ? ParseStatus.NeedMore : ParseStatus.NotThis;
        return ParseStatus.Complete;
    }

    private const int LineEndBytes = 2;
}
