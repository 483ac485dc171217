using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Memory;
using Natflow.Packets.Ip;

namespace Natflow.Flows.Shards;

/// <summary>Cuts a translated IPv4 packet to the MTU of its way (RFC 791 section 3.2, RFC 4787 REQ-13a): the first part stays in its chunk, the others get chunks of their own and follow it.</summary>
/// <remarks>Owner thread only; chunks come from the worker's pool, at most <see cref="PartsMax"/> a packet.</remarks>
internal sealed class Fragmenter(ShardState shard, Umem umem, ExtraFrames extras, ChunkPool? chunks)
{
    private const int PartsMax = 64;
    private const int NoteBytes = 8;

    /// <summary>Cuts a packet without "don't fragment".</summary>
    /// <param name="frame">The whole frame; on success its first part.</param>
    /// <param name="mtuBytes">Of the way out, IPv4 header included.</param>
    /// <param name="verdict">Of all parts.</param>
    /// <returns><see cref="DropReason.NoFreeChunk"/> where there is not enough memory for all parts: none leaves.</returns>
    internal DropReason TryCut(ref FrameDescriptor frame, ushort mtuBytes, Verdict verdict)
    {
        Span<byte> bytes = umem.Frame(frame.FrameOffset, frame.LengthBytes);
        Span<byte> packet = bytes[frame.L3Offset..];
        int headerBytes = (packet[0] & 0x0F) * 4;
        int payloadBytes = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(packet[2..]), packet.Length) - headerBytes;
        int partBytes = (mtuBytes - headerBytes) & ~7;
        if (partBytes < 8)
            return DropReason.PacketTooBig;
        int laterCount = ((payloadBytes + partBytes - 1) / partBytes) - 1;
        if (laterCount >= PartsMax || chunks is null || chunks.Available < laterCount || extras.Room < laterCount)
            return DropReason.NoFreeChunk;

        int word = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]);
        int offsetBytes = (word & Ipv4Header.OffsetMask) * 8;
        bool hasMore = (word & Ipv4Header.MoreFragments) != 0;
        if (offsetBytes == 0 && !hasMore)
            MemoryMarshal.Write(packet[4..], shard.NextIdentificationBe()); // RFC 6864: a whole datagram's number says nothing.
        for (int part = 1; part <= laterCount; part++)
        {
            int start = part * partBytes;
            int length = Math.Min(partBytes, payloadBytes - start);
            AddLater(in frame, headerBytes, packet.Slice(headerBytes + start, length), offsetBytes + start, hasMore || part != laterCount, verdict);
        }

        Ipv4Fragment.Set(packet, headerBytes + Math.Min(partBytes, payloadBytes), offsetBytes, hasMore || laterCount != 0);
        frame.LengthBytes = (ushort)(frame.L3Offset + headerBytes + Math.Min(partBytes, payloadBytes));
        shard.Counters.FragmentsMade += (ulong)laterCount + 1;
        return DropReason.None;
    }

    private void AddLater(in FrameDescriptor frame, int headerBytes, ReadOnlySpan<byte> payload, int offsetBytes, bool hasMore, Verdict verdict)
    {
        chunks!.TryRent(out uint chunk);
        umem.Chunk(frame.FrameOffset)[..NoteBytes].CopyTo(umem.Chunk(chunk));
        FrameDescriptor part = frame;
        part.FrameOffset = chunk + Umem.HeadroomBytes;
        int frontBytes = frame.L3Offset + headerBytes;
        part.LengthBytes = (ushort)(frontBytes + payload.Length);
        Span<byte> bytes = umem.Frame(part.FrameOffset, part.LengthBytes);
        umem.Frame(frame.FrameOffset, frontBytes).CopyTo(bytes);
        payload.CopyTo(bytes[frontBytes..]);
        Span<byte> header = bytes.Slice(frame.L3Offset, headerBytes);
        Ipv4Fragment.BlankUncopiedOptions(header);
        Ipv4Fragment.Set(header, headerBytes + payload.Length, offsetBytes, hasMore);
        extras.Add(in part, verdict);
    }
}
