namespace Natflow.Inspect.Apps;

/// <summary>Lengths of the basic encoding rules (X.690 section 8.1.3).</summary>
internal static class Ber
{
    private const int LengthBytesMax = 4;

    /// <summary>Reads the definite length that follows a one-byte tag.</summary>
    /// <param name="element">From its tag.</param>
    /// <param name="headerBytes">Bytes of tag and length.</param>
    /// <param name="length">Bytes of the content.</param>
    /// <returns>False for an indefinite length, one byte that would have fitted the short form, or one that is cut. Leading zeros are allowed: embedded agents send them.</returns>
    internal static bool TryReadLength(ReadOnlySpan<byte> element, out int headerBytes, out long length)
    {
        headerBytes = 2;
        length = 0;
        if (element.Length < 2)
            return false;
        if (element[1] < 0x80)
        {
            length = element[1];
            return true;
        }

        int count = element[1] & 0x7F;
        headerBytes += count;
        if (count is 0 or > LengthBytesMax || element.Length < headerBytes || (count == 1 && element[2] < 0x80))
            return false;
        foreach (byte part in element.Slice(2, count))
            length = (length << 8) | part;
        return true;
    }
}
