using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Natflow.Ports.Pcap;

/// <summary>
/// Writes a pcapng file of one section, little-endian, with nanosecond timestamps and any number of interfaces. One thread; nothing is
/// allocated a frame.
/// </summary>
public sealed class PcapngWriter : IDisposable
{
    private const int SectionHeaderBytes = 28;
    private const int InterfaceBytes = 32;
    private const int PacketHeaderBytes = 28;
    private const int TrailerBytes = 4;

    private readonly CaptureOutput _output;
    private readonly int _interfaceCount;

    /// <summary>Writes to a stream, which the writer owns from here on.</summary>
    /// <param name="stream">Where the section header and the interfaces go at once and the packets follow.</param>
    /// <param name="linkTypes"><c>LINKTYPE_</c> number of each interface.</param>
    public PcapngWriter(Stream stream, params ReadOnlySpan<int> linkTypes)
        : this(new CaptureOutput(stream), linkTypes)
    {
    }

    private PcapngWriter(CaptureOutput output, ReadOnlySpan<int> linkTypes)
    {
        _output = output;
        _interfaceCount = linkTypes.Length;
        WriteSectionHeader();
        foreach (int linkType in linkTypes)
            WriteInterface(linkType);
    }

    /// <summary>The operating system's message when a write failed (disk full); what came after it is not in the file.</summary>
    public string? Failure => _output.Failure;

    /// <summary>Creates a file, or overwrites it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="linkTypes"><c>LINKTYPE_</c> number of each interface.</param>
    /// <param name="writer">The writer; disposing of it completes the file.</param>
    /// <param name="error">Why there is none.</param>
    /// <returns>False when the file cannot be made.</returns>
    public static bool TryCreate(
        string path,
        ReadOnlySpan<int> linkTypes,
        [NotNullWhen(true)] out PcapngWriter? writer,
        [NotNullWhen(false)] out CaptureError? error)
    {
        CaptureOutput? output = CaptureOutput.Create(path, out error);
        writer = output is null ? null : new PcapngWriter(output, linkTypes);
        return writer is not null;
    }

    /// <summary>Appends a packet.</summary>
    /// <param name="interfaceIndex">Which of the link types the packet has.</param>
    /// <param name="timestampNs">Nanoseconds since 1970; earlier times are written as 1970.</param>
    /// <param name="packet">The packet's bytes.</param>
    /// <param name="originalBytes">Its length on the wire, at least that of <paramref name="packet"/>.</param>
    public void Write(int interfaceIndex, long timestampNs, ReadOnlySpan<byte> packet, uint originalBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(interfaceIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(interfaceIndex, _interfaceCount);
        ulong units = (ulong)Math.Max(timestampNs, 0);
        int paddingBytes = -packet.Length & 3;
        uint blockBytes = (uint)(PacketHeaderBytes + packet.Length + paddingBytes + TrailerBytes);

        Span<byte> header = stackalloc byte[PacketHeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, PcapngBlockType.EnhancedPacket);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], blockBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], (uint)interfaceIndex);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)(units >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], (uint)units);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], (uint)packet.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[24..], originalBytes);
        _output.Write(header);
        _output.Write(packet);

        Span<byte> end = stackalloc byte[3 + TrailerBytes];
        end.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(end[paddingBytes..], blockBytes);
        _output.Write(end[..(paddingBytes + TrailerBytes)]);
    }

    /// <inheritdoc />
    public void Dispose() => _output.Dispose();

    private void WriteSectionHeader()
    {
        Span<byte> block = stackalloc byte[SectionHeaderBytes];
        block.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(block, PcapngBlockType.SectionHeader);
        BinaryPrimitives.WriteUInt32LittleEndian(block[4..], SectionHeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], PcapngDecoder.ByteOrderMagic);
        BinaryPrimitives.WriteUInt16LittleEndian(block[12..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(block[16..], -1); // The section's length is not known.
        BinaryPrimitives.WriteUInt32LittleEndian(block[24..], SectionHeaderBytes);
        _output.Write(block);
    }

    private void WriteInterface(int linkType)
    {
        const int nsDigits = 9;
        Span<byte> block = stackalloc byte[InterfaceBytes];
        block.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(block, PcapngBlockType.InterfaceDescription);
        BinaryPrimitives.WriteUInt32LittleEndian(block[4..], InterfaceBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(block[8..], (ushort)linkType);
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], CaptureReader.PacketBytesMax);
        BinaryPrimitives.WriteUInt16LittleEndian(block[16..], PcapngInterface.ResolutionOption);
        BinaryPrimitives.WriteUInt16LittleEndian(block[18..], 1);
        block[20] = nsDigits;
        BinaryPrimitives.WriteUInt32LittleEndian(block[28..], InterfaceBytes); // After the end-of-options mark, which is zero.
        _output.Write(block);
    }
}
