namespace Natflow.Inspect.Quic;

/// <summary>Variable-length integers (RFC 9000 section 16).</summary>
public static class QuicVarint
{
    /// <summary>Reads a number of 1, 2, 4 or 8 bytes and steps over it.</summary>
    /// <returns>False where the bytes end inside it.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, scoped ref int offset, out ulong value)
    {
        value = 0;
        if (offset >= bytes.Length) return false;
        int length = 1 << (bytes[offset] >> 6);
        if (length > bytes.Length - offset) return false;
        value = (uint)bytes[offset++] & 0x3F;
        for (int i = 1; i < length; i++)
            value = (value << 8) | bytes[offset++];
        return true;
    }
}
