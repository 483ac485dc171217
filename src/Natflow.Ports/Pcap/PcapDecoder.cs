using System.Buffers.Binary;

namespace Natflow.Ports.Pcap;

/// <summary>Reads the records of a pcap file: both byte orders, microseconds and nanoseconds, and the format with longer record headers.</summary>
internal sealed class PcapDecoder
{
    internal const uint MagicMicroseconds = 0xA1B2C3D4;
    internal const uint MagicNanoseconds = 0xA1B23C4D;

    /// <summary>Magic of the "modified" format of old Linux systems: 8 bytes more in each record header.</summary>
    internal const uint MagicModified = 0xA1B2CD34;

    private const int FileHeaderBytes = 24;
    private const int RecordHeaderBytes = 16;
    private const int ModifiedRecordHeaderBytes = 24;

    private const int LastSwappedMinorVersion = 3;

    // The upper bits of the link type field tell the length of a frame check sequence.
    private const uint LinkTypeMask = 0x03FF_FFFF;

    private readonly CaptureWindow _window;
    private readonly CaptureDamageLog _damage;
    private readonly bool _bigEndian;
    private readonly long _nsPerFraction;
    private readonly int _recordHeaderBytes;
    private int _minorVersion;
    private int _linkType;

    internal PcapDecoder(CaptureWindow window, CaptureDamageLog damage, uint magicBigEndian)
    {
        _window = window;
        _damage = damage;
        _bigEndian = IsMagic(magicBigEndian);
        uint magic = _bigEndian ? magicBigEndian : BinaryPrimitives.ReverseEndianness(magicBigEndian);
        _nsPerFraction = magic == MagicNanoseconds ? 1 : 1000;
        _recordHeaderBytes = magic == MagicModified ? ModifiedRecordHeaderBytes : RecordHeaderBytes;
    }

    /// <summary>Whether the first four bytes of a file, read big-endian, are a pcap magic in either byte order.</summary>
    internal static bool IsEitherMagic(uint value) => IsMagic(value) || IsMagic(BinaryPrimitives.ReverseEndianness(value));

    /// <summary>Reads the file header; false and damage when it is cut short or of another version.</summary>
    internal bool TryReadFileHeader()
    {
        if (!_window.TryPeek(FileHeaderBytes, out ReadOnlySpan<byte> header))
            return _damage.Truncated(0, "the pcap file header", FileHeaderBytes);

        int major = ReadUInt16(header[4..]);
        _minorVersion = ReadUInt16(header[6..]);
        if (major != 2)
            return _damage.Set(0, $"pcap version {major}.{_minorVersion}, expected 2.4");

        _linkType = (int)(ReadUInt32(header[20..]) & LinkTypeMask);
        _window.Advance(FileHeaderBytes);
        return true;
    }

    /// <summary>Reads the next record; false at the end or at damage.</summary>
    internal bool TryRead(Span<byte> destination, out CapturePacket packet)
    {
        packet = default;
        long offset = _window.Position;
        if (!_window.TryPeek(_recordHeaderBytes, out ReadOnlySpan<byte> header))
            return !_window.EndedCleanly && _damage.Truncated(offset, "a packet header", _recordHeaderBytes);

        long seconds = ReadUInt32(header);
        long fraction = ReadUInt32(header[4..]);
        uint captured = ReadUInt32(header[8..]);
        uint original = ReadUInt32(header[12..]);
        if (_minorVersion <= LastSwappedMinorVersion && AreLengthsSwapped(captured, original))
            (captured, original) = (original, captured);
        if (captured > CaptureReader.PacketBytesMax)
            return _damage.Set(offset, $"a packet of {captured} bytes, expected at most {CaptureReader.PacketBytesMax}");

        _window.Advance(_recordHeaderBytes);
        int copied = Math.Min((int)captured, destination.Length);
        if (!_window.TryTake(destination[..copied]) || !_window.TrySkip(captured - copied))
            return _damage.Truncated(offset, "a packet", (long)_recordHeaderBytes + captured);

        packet = new CapturePacket
        {
            TimestampNs = (seconds * 1_000_000_000) + (fraction * _nsPerFraction),
            CapturedBytes = (int)captured,
            OriginalBytes = original,
            LinkType = _linkType,
            IsOversize = captured > destination.Length,
        };
        return true;
    }

    // The two lengths were in the other order before version 2.3, and writers did not agree in version 2.3.
    private bool AreLengthsSwapped(uint captured, uint original) => _minorVersion < LastSwappedMinorVersion || captured > original;

    private static bool IsMagic(uint value) => value is MagicMicroseconds or MagicNanoseconds or MagicModified;

    private ushort ReadUInt16(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private uint ReadUInt32(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
