using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Packets;
using Natflow.Packets.Transport;

namespace Natflow.Flows.Alg;

/// <summary>Brings sequence and acknowledgement numbers of a TCP segment, and its selective acknowledgements (RFC 2018), in line with the edits of both directions.</summary>
internal static class TcpSequence
{
    private const byte Sack = 5;
    private const int AckOffset = 8;
    private const int SeqOffset = 4;
    private const int EdgeBytes = 4;

    /// <summary>Adjusts a segment in place, checksum included. Total over any options.</summary>
    /// <param name="segment">From the TCP header on, at least 20 bytes.</param>
    /// <param name="own">Edits of the segment's direction.</param>
    /// <param name="other">Edits of the direction it acknowledges.</param>
    internal static void Adjust(Span<byte> segment, ref SequenceEdits own, ref readonly SequenceEdits other)
    {
        uint seq = BinaryPrimitives.ReadUInt32BigEndian(segment[SeqOffset..]);
        Replace(segment, SeqOffset, seq, seq + (uint)own.DeltaAt(seq));
        if ((segment[13] & TcpFlags.Ack) == 0)
            return;

        uint ack = BinaryPrimitives.ReadUInt32BigEndian(segment[AckOffset..]);
        Replace(segment, AckOffset, ack, other.ToSent(ack));
        var options = new TcpOptions(segment);
        while (options.MoveNext())
        {
            if (options.Kind != Sack)
                continue;
            for (int i = 0; i + EdgeBytes <= options.ValueBytes; i += EdgeBytes)
            {
                int offset = options.ValueOffset + i;
                uint edge = BinaryPrimitives.ReadUInt32BigEndian(segment[offset..]);
                Replace(segment, offset, edge, other.ToSent(edge, toEnd: i % (2 * EdgeBytes) == 0));
            }
        }
    }

    // A field at an odd offset lies across two words of the sum: its bytes count swapped.
    private static void Replace(Span<byte> segment, int offset, uint oldValue, uint newValue)
    {
        if (oldValue == newValue)
            return;
        Span<byte> field = segment[offset..];
        uint oldBe = MemoryMarshal.Read<uint>(field);
        BinaryPrimitives.WriteUInt32BigEndian(field, newValue);
        ushort delta = Checksum.Delta(oldBe, MemoryMarshal.Read<uint>(field));
        if (offset % 2 != 0)
            delta = BinaryPrimitives.ReverseEndianness(delta);
        Span<byte> checksum = segment[16..];
        MemoryMarshal.Write(checksum, Checksum.Apply(MemoryMarshal.Read<ushort>(checksum), delta));
    }
}
