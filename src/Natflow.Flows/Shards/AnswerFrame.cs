using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Ip;
using Natflow.Packets.Link;
using Natflow.Packets.Transport;

namespace Natflow.Flows.Shards;

/// <summary>Makes the gateway's own answer to a subscriber's packet, in the packet's chunk: the addresses change places, the headers are new.</summary>
/// <remarks>Owner thread only; no allocation. A port's own note lies at the start of a chunk and stays.</remarks>
internal sealed class AnswerFrame(ShardState shard, Umem umem)
{
    /// <summary>Room that <see cref="TryBegin"/> needs for both addresses.</summary>
    internal const int AddressesBytesMax = 2 * Ipv6Address.SizeBytes;

    private const int PortNoteBytes = 8;
    private const byte TtlIpv4 = 128;
    private const byte HopLimitIpv6 = 255;

    /// <summary>Begins an answer: link and IP header are ready, and so is the way.</summary>
    /// <param name="frame">Parsed, untranslated, from inside, with its transport header. Unchanged where there is no room or no way.</param>
    /// <param name="userIndex">Its subscriber.</param>
    /// <param name="protocol">TCP or UDP.</param>
    /// <param name="l4Bytes">Transport header and payload of the answer.</param>
    /// <param name="addresses">Room of <see cref="AddressesBytesMax"/>; receives source and destination of the answer.</param>
    /// <param name="addressesBytes">How much of it they take.</param>
    /// <returns>Where header and payload go, for <see cref="End"/>; empty on failure.</returns>
    internal Span<byte> TryBegin(ref FrameDescriptor frame, uint userIndex, byte protocol, int l4Bytes, Span<byte> addresses, out int addressesBytes)
    {
        bool isIpv6 = frame.Kind == PacketKind.IPv6;
        ushort path = isIpv6 ? shard.Ipv6.InsidePath(SourceOf(in frame), userIndex, frame.Key.Zone) : shard.InsidePath(userIndex);
        int ipBytes = isIpv6 ? Ipv6HeaderWalker.Ipv6Bytes : Ipv4Header.BytesMin;
        int lengthBytes = frame.L3Offset + ipBytes + l4Bytes;
        uint start = frame.FrameOffset - umem.ChunkOf(frame.FrameOffset);
        addressesBytes = 0;
        if (path == PathTable.None || start < PortNoteBytes || start + (uint)lengthBytes > (uint)umem.ChunkBytes)
            return default;
        Span<byte> bytes = umem.Frame(frame.FrameOffset, lengthBytes);
        Span<byte> packet = bytes[frame.L3Offset..];
        int offset = isIpv6 ? Ipv6Rewriter.SrcOffset : 12;
        int size = isIpv6 ? Ipv6Address.SizeBytes : sizeof(uint);
        addressesBytes = 2 * size;
        packet.Slice(offset + size, size).CopyTo(addresses);
        packet.Slice(offset, size).CopyTo(addresses[size..]);
        WriteIp(packet, addresses, isIpv6, protocol, l4Bytes);
        if (frame.L3Offset >= LinkHeader.EthernetBytes)
        {
            LinkRewriter.SwapAddresses(bytes);
            LinkRewriter.SetPayload(bytes, frame.L3Offset, isIpv6 ? EtherType.Ipv6 : EtherType.Ipv4, packet.Length);
        }

        frame.LengthBytes = (ushort)lengthBytes;
        frame.PathIndex = path;
        return packet[ipBytes..];
    }

    /// <summary>Puts the checksum on what was written; its field is 0 before.</summary>
    internal static void End(Span<byte> l4, byte protocol, ReadOnlySpan<byte> addresses) =>
        BitConverter.TryWriteBytes(l4[TransportHeader.ChecksumOffset(protocol)..], TransportChecksum.Compute(addresses, protocol, l4));

    /// <summary>Writes an IP header without options.</summary>
    /// <param name="packet">Receives it.</param>
    /// <param name="addresses">Source, destination.</param>
    /// <param name="isIpv6">Their family.</param>
    /// <param name="protocol">What follows.</param>
    /// <param name="payloadBytes">How much follows.</param>
    internal static void WriteIp(Span<byte> packet, ReadOnlySpan<byte> addresses, bool isIpv6, byte protocol, int payloadBytes)
    {
        if (isIpv6)
        {
            Ipv6HeaderWriter.Write(packet, 0, payloadBytes, protocol, HopLimitIpv6, Ipv6Address.Read(addresses), Ipv6Address.Read(addresses[Ipv6Address.SizeBytes..]));
            return;
        }

        Ipv4HeaderWriter.Write(
            packet, 0, Ipv4Header.BytesMin + payloadBytes, identification: 0, Ipv4Header.DontFragment, TtlIpv4, protocol,
            BitConverter.ToUInt32(addresses), BitConverter.ToUInt32(addresses[sizeof(uint)..]));
    }

    private Ipv6Address SourceOf(ref readonly FrameDescriptor frame) =>
        Ipv6Address.Read(umem.Frame(frame.FrameOffset, frame.LengthBytes)[(frame.L3Offset + Ipv6Rewriter.SrcOffset)..]);
}
