using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace Natflow.Ports.Pcap;

/// <summary>
/// Reads a capture from front to back: pcap (both byte orders, microseconds and nanoseconds, the "modified" format) and pcapng (both
/// byte orders, several sections and interfaces, any time resolution), plain or gzip-compressed.
/// </summary>
/// <remarks>
/// Takes one fixed buffer, whatever the file's size and whatever its length fields claim; nothing is allocated a packet. A wrong
/// header, record or block ends the reading with <see cref="Damage"/>, never with an exception. One thread;
/// <see cref="PositionBytes"/> may be read from any.
/// </remarks>
public sealed class CaptureReader : IDisposable
{
    /// <summary>Longest packet that a capture may hold, as the common tools have it. A longer one is damage: a length field that lies.</summary>
    public const int PacketBytesMax = 262_144;

    private const int MagicBytes = 4;
    private const int GzipMagic = 0x1F8B;

    private readonly Stream _file;
    private readonly CaptureWindow _window;
    private readonly CaptureDamageLog _damage;
    private readonly bool _isCompressed;
    private readonly PcapDecoder? _pcap;
    private readonly PcapngDecoder? _pcapng;

    private CaptureReader(Stream file, CaptureWindow window, string name, uint magic, bool isCompressed)
    {
        _file = file;
        _window = window;
        _damage = new CaptureDamageLog(name, window);
        _isCompressed = isCompressed;
        TotalBytes = file.CanSeek ? file.Length : 0;
        if (magic == PcapngBlockType.SectionHeader)
            _pcapng = new PcapngDecoder(window, _damage);
        else
            _pcap = new PcapDecoder(window, _damage, magic);
        _ = _pcap?.TryReadFileHeader();
    }

    /// <summary>Where and why reading stopped before the end; null while all is well.</summary>
    public CaptureDamage? Damage => _damage.Damage;

    /// <summary>Size of the file as it lies on disk when it was opened; 0 for a pipe.</summary>
    public long TotalBytes { get; }

    /// <summary>How much of <see cref="TotalBytes"/> has been read: for showing progress; from another thread it may lag.</summary>
    public long PositionBytes => _isCompressed ? _file.Position : _window.Position;

    /// <summary>Opens a capture by path.</summary>
    /// <param name="path">A file, or a pipe that holds a capture which is not compressed.</param>
    /// <param name="reader">The reader; the caller disposes of it.</param>
    /// <param name="error">Why there is none.</param>
    /// <returns>False when the file cannot be read, is empty or begins like no capture. All later faults are <see cref="Damage"/>.</returns>
    public static bool TryOpen(string path, [NotNullWhen(true)] out CaptureReader? reader, [NotNullWhen(false)] out CaptureError? error)
    {
        try
        {
            var options = new FileStreamOptions
            {
                Share = FileShare.ReadWrite | FileShare.Delete, // A capture may still be growing.
                BufferSize = 0, // The window is the buffer.
                Options = FileOptions.SequentialScan,
            };
            return TryOpen(new FileStream(path, options), path, out reader, out error);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            reader = null;
            error = CaptureError.From(exception, path);
            return false;
        }
    }

    /// <summary>Opens a capture that a stream holds. A compressed one needs a stream that can seek.</summary>
    /// <param name="stream">The stream, which the reader owns from here on, also when opening fails.</param>
    /// <param name="name">Name for messages.</param>
    /// <param name="reader">The reader; the caller disposes of it.</param>
    /// <param name="error">Why there is none.</param>
    /// <returns>False when the stream cannot be read, is empty or begins like no capture.</returns>
    public static bool TryOpen(
        Stream stream, string name, [NotNullWhen(true)] out CaptureReader? reader, [NotNullWhen(false)] out CaptureError? error)
    {
        var window = new CaptureWindow(stream);
        bool isCompressed = false;
        if (stream.CanSeek && window.TryPeek(MagicBytes, out ReadOnlySpan<byte> start) && BinaryPrimitives.ReadUInt16BigEndian(start) == GzipMagic)
        {
            isCompressed = true;
            stream.Position = 0;
            window = new CaptureWindow(new GZipStream(stream, CompressionMode.Decompress));
        }

        error = Check(window, name, isCompressed, out uint magic);
        reader = error is null ? new CaptureReader(stream, window, name, magic, isCompressed) : null;
        if (reader is null)
            window.Dispose();
        return reader is not null;
    }

    /// <summary>Reads the next packet.</summary>
    /// <param name="destination">Receives the packet's bytes; of a longer packet, its beginning.</param>
    /// <param name="packet">Time, lengths and link type.</param>
    /// <returns>False at the end of the capture, and at <see cref="Damage"/>; from then on always.</returns>
    public bool TryRead(Span<byte> destination, out CapturePacket packet)
    {
        if (Damage is not null)
        {
            packet = default;
            return false;
        }

        return _pcap is not null ? _pcap.TryRead(destination, out packet) : _pcapng!.TryRead(destination, out packet);
    }

    /// <inheritdoc />
    public void Dispose() => _window.Dispose();

    private static CaptureError? Check(CaptureWindow window, string name, bool isCompressed, out uint magic)
    {
        magic = 0;
        string where = isCompressed ? "the decompressed file" : "the file";
        if (!window.TryPeek(MagicBytes, out ReadOnlySpan<byte> start))
        {
            if (window.Failure is not null)
                return new CaptureError(CaptureErrorKind.InputOutput, name, $"reading failed: {window.Failure}");
            return window.BufferedBytes == 0
                ? new CaptureError(CaptureErrorKind.Empty, name, isCompressed ? "nothing to decompress" : "empty file, no capture header")
                : new CaptureError(CaptureErrorKind.NotACapture, name, $"not a capture: {where} has only {window.BufferedBytes} bytes");
        }

        magic = BinaryPrimitives.ReadUInt32BigEndian(start);
        if (magic == PcapngBlockType.SectionHeader || PcapDecoder.IsEitherMagic(magic))
            return null;

        const string expected = "expected a1 b2 c3 d4 or a1 b2 3c 4d (pcap, either byte order) or 0a 0d 0d 0a (pcapng)";
        string found = $"{start[0]:x2} {start[1]:x2} {start[2]:x2} {start[3]:x2}";
        return new CaptureError(CaptureErrorKind.NotACapture, name, $"not a capture: {where} begins with {found}, {expected}");
    }
}
