using System.Buffers.Binary;
using Natflow.Memory;

namespace Natflow.Ports.Pcap;

/// <summary>
/// What a capture tells about a frame beyond its bytes. It travels in the first <see cref="SizeBytes"/> bytes of the frame's chunk, so
/// that it is still there when the frame is written out after translation.
/// </summary>
/// <param name="TimestampNs">Nanoseconds since 1970, UTC.</param>
/// <param name="CutBytes">
/// Bytes at the frame's end that the capture left out (snap length). Kept as a difference, because the frame may grow or shrink on its
/// way: its original length is always its length plus this.
/// </param>
public readonly record struct CaptureNote(long TimestampNs, uint CutBytes)
{
    /// <summary>Bytes of headroom that the note takes; a header put before the frame may use the rest.</summary>
    public const int SizeBytes = 12;

    /// <summary>Reads the note of a frame from a capture port.</summary>
    /// <param name="umem">The frame memory.</param>
    /// <param name="frameOffset">Offset of any byte of the frame.</param>
    public static CaptureNote Read(Umem umem, uint frameOffset)
    {
        ReadOnlySpan<byte> chunk = umem.Frame(umem.ChunkOf(frameOffset), SizeBytes);
        return new CaptureNote(BinaryPrimitives.ReadInt64LittleEndian(chunk), BinaryPrimitives.ReadUInt32LittleEndian(chunk[8..]));
    }

    /// <summary>Writes the note of a frame.</summary>
    /// <param name="umem">The frame memory.</param>
    /// <param name="frameOffset">Offset of any byte of the frame.</param>
    public void Write(Umem umem, uint frameOffset)
    {
        Span<byte> chunk = umem.Frame(umem.ChunkOf(frameOffset), SizeBytes);
        BinaryPrimitives.WriteInt64LittleEndian(chunk, TimestampNs);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk[8..], CutBytes);
    }

    /// <summary>Length on the wire of a frame of <paramref name="lengthBytes"/> bytes with this note.</summary>
    public uint OriginalBytes(int lengthBytes) => (uint)Math.Min((ulong)lengthBytes + CutBytes, uint.MaxValue);
}
