using System.Buffers.Binary;

namespace Natflow.Packets.Transport;

/// <summary>Walks the options of a TCP header (RFC 9293 section 3.2). Total: a bad length ends the walk. At most 40 options, for each takes a byte at least.</summary>
public ref struct TcpOptions
{
    /// <summary>Maximum segment size, on SYN segments: 4 bytes.</summary>
    public const byte Mss = 2;

    /// <summary>Window scale (RFC 7323): 3 bytes.</summary>
    public const byte WindowScale = 3;

    /// <summary>Selective acknowledgement permitted (RFC 2018): 2 bytes.</summary>
    public const byte SackPermitted = 4;

    /// <summary>Timestamps (RFC 7323): 10 bytes.</summary>
    public const byte Timestamps = 8;

    private const byte EndOfList = 0;
    private const byte NoOperation = 1;

    private readonly ReadOnlySpan<byte> _options;
    private int _next;

    /// <summary>Starts before the first option.</summary>
    /// <param name="segment">From the TCP header on; a cut header gives the options that are there.</param>
    public TcpOptions(ReadOnlySpan<byte> segment)
    {
        int headerBytes = segment.Length > 12 ? (segment[12] >> 4) * 4 : 0;
        int end = Math.Min(headerBytes, segment.Length);
        _options = end > TransportHeader.TcpBytesMin ? segment[..end] : [];
        _next = TransportHeader.TcpBytesMin;
    }

    /// <summary>Kind of the current option.</summary>
    public byte Kind { get; private set; }

    /// <summary>Bytes from the TCP header to the value of the current option.</summary>
    public int ValueOffset { get; private set; }

    /// <summary>Length of the value, 0 to 38.</summary>
    public int ValueBytes { get; private set; }

    /// <summary>Goes to the next option; padding is stepped over.</summary>
    /// <returns>False at the end of the list, and before an option whose length lies.</returns>
    public bool MoveNext()
    {
        while (_next < _options.Length && _options[_next] == NoOperation)
            _next++;
        if (_next + 1 >= _options.Length || _options[_next] == EndOfList) return false;

        int lengthBytes = _options[_next + 1];
        if (lengthBytes < 2 || _next + lengthBytes > _options.Length) return false;
        Kind = _options[_next];
        ValueOffset = _next + 2;
        ValueBytes = lengthBytes - 2;
        _next += lengthBytes;
        return true;
    }

    /// <summary>Lowers the MSS option of a segment and its checksum with it (RFC 4459 section 3.2): what the path cannot carry is not promised.</summary>
    /// <param name="segment">From the TCP header on, at least 20 bytes.</param>
    /// <param name="mssMax">Most that is let through, bytes of payload.</param>
    /// <returns>True when it was lowered.</returns>
    public static bool TryClampMss(Span<byte> segment, ushort mssMax)
    {
        var options = new TcpOptions(segment);
        while (options.MoveNext())
        {
            if (options.Kind != Mss || options.ValueBytes != sizeof(ushort)) continue;

            Span<byte> value = segment[options.ValueOffset..];
            if (BinaryPrimitives.ReadUInt16BigEndian(value) <= mssMax) return false;
            Replace(segment, options.ValueOffset, mssMax);
            return true;
        }

        return false;
    }

    // An option at an odd offset lies across two words of the sum: its bytes count swapped.
    private static void Replace(Span<byte> segment, int offset, ushort valueNew)
    {
        Span<byte> value = segment[offset..];
        ushort oldBe = BitConverter.ToUInt16(value);
        BinaryPrimitives.WriteUInt16BigEndian(value, valueNew);
        ushort newBe = BitConverter.ToUInt16(value);
        ushort delta = offset % 2 == 0
            ? Checksum.Delta(oldBe, newBe)
            : Checksum.Delta(BinaryPrimitives.ReverseEndianness(oldBe), BinaryPrimitives.ReverseEndianness(newBe));
        Span<byte> field = segment[TransportHeader.ChecksumOffset(Core.IpProtocol.Tcp)..];
        BitConverter.TryWriteBytes(field, Checksum.Apply(BitConverter.ToUInt16(field), delta));
    }
}
