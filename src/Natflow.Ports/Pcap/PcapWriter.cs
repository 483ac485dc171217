using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Natflow.Ports.Pcap;

/// <summary>Writes Ethernet frames as a nanosecond pcap file, little-endian. One thread; nothing is allocated a frame.</summary>
public sealed class PcapWriter : IDisposable
{
    private const int FileHeaderBytes = 24;
    private const int RecordHeaderBytes = 16;
    private const long NsPerSecond = 1_000_000_000;

    private readonly CaptureOutput _output;

    /// <summary>Writes to a stream, which the writer owns from here on.</summary>
    /// <param name="stream">Where the file header goes at once and the frames follow.</param>
    public PcapWriter(Stream stream)
        : this(new CaptureOutput(stream))
    {
    }

    private PcapWriter(CaptureOutput output)
    {
        _output = output;
        Span<byte> header = stackalloc byte[FileHeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, PcapDecoder.MagicNanoseconds);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], CaptureReader.PacketBytesMax);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], LinkType.Ethernet);
        _output.Write(header);
    }

    /// <summary>The operating system's message when a write failed (disk full); what came after it is not in the file.</summary>
    public string? Failure => _output.Failure;

    /// <summary>Frames given to the writer while <see cref="Failure"/> was null.</summary>
    public ulong WrittenCount { get; private set; }

    /// <summary>Frames refused after <see cref="Failure"/>.</summary>
    public ulong LostCount { get; private set; }

    /// <summary>Creates a file, or overwrites it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="writer">The writer; disposing of it completes the file.</param>
    /// <param name="error">Why there is none.</param>
    /// <returns>False when the file cannot be made.</returns>
    public static bool TryCreate(string path, [NotNullWhen(true)] out PcapWriter? writer, [NotNullWhen(false)] out CaptureError? error)
    {
        CaptureOutput? output = CaptureOutput.Create(path, out error);
        writer = output is null ? null : new PcapWriter(output);
        return writer is not null;
    }

    /// <summary>Appends a frame.</summary>
    /// <param name="timestampNs">Nanoseconds since 1970; what lies outside the format's range (to 2106) is written as its nearest end.</param>
    /// <param name="frame">The Ethernet frame.</param>
    /// <param name="originalBytes">Its length on the wire, at least that of <paramref name="frame"/>.</param>
    public void Write(long timestampNs, ReadOnlySpan<byte> frame, uint originalBytes)
    {
        if (_output.Failure is not null)
        {
            LostCount++;
            return;
        }

        timestampNs = Math.Clamp(timestampNs, 0, (uint.MaxValue * NsPerSecond) + NsPerSecond - 1);
        Span<byte> header = stackalloc byte[RecordHeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)(timestampNs / NsPerSecond));
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)(timestampNs % NsPerSecond));
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], (uint)frame.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], originalBytes);
        _output.Write(header);
        _output.Write(frame);
        WrittenCount++;
    }

    /// <summary>Hands what is buffered to the operating system; false, now and later, when that failed.</summary>
    public bool TryFlush()
    {
        _output.Flush();
        return _output.Failure is null;
    }

    /// <inheritdoc />
    public void Dispose() => _output.Dispose();
}
