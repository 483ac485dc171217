using System.Buffers.Binary;

namespace Natflow.Inspect.Quic;

/// <summary>Long header of a QUIC packet (RFC 9000 section 17.2), still protected. The spans lie in the datagram.</summary>
public ref struct QuicLongHeader
{
    /// <summary>Longest connection id (RFC 9000 section 17.2).</summary>
    public const int ConnectionIdBytesMax = 20;

    private const byte LongForm = 0x80;
    private const byte FixedBit = 0x40;
    private const int FixedBytes = 6; // First byte, version, length of the destination id.

    /// <summary>What the packet's protection depends on.</summary>
    public QuicVersion Version;

    /// <summary>An Initial packet; else 0-RTT, Handshake or Retry.</summary>
    public bool IsInitial;

    /// <summary>Destination connection id.</summary>
    public ReadOnlySpan<byte> DestinationId;

    /// <summary>Bytes from the packet's start to its packet number.</summary>
    public int PacketNumberOffset;

    /// <summary>Bytes of the whole packet; the next coalesced one follows.</summary>
    public int PacketBytes;

    /// <summary>Whether a datagram may begin with such a packet: the cheap look at all UDP.</summary>
    public static bool IsLikely(ReadOnlySpan<byte> datagram) =>
        datagram.Length > FixedBytes && (datagram[0] & (LongForm | FixedBit)) == (LongForm | FixedBit)
        && QuicVersion.TryGet(BinaryPrimitives.ReadUInt32BigEndian(datagram[1..]), out _);

    /// <summary>Reads a header. Total over any bytes.</summary>
    /// <param name="packet">From the packet's start to the datagram's end.</param>
    /// <param name="header">The header.</param>
    /// <returns>False for a short header, an unknown version, a Retry (which has no length and ends the datagram), and lengths beyond the datagram.</returns>
    public static bool TryParse(ReadOnlySpan<byte> packet, out QuicLongHeader header)
    {
        header = default;
        if (packet.Length <= FixedBytes || (packet[0] & LongForm) == 0) return false;
        if (!QuicVersion.TryGet(BinaryPrimitives.ReadUInt32BigEndian(packet[1..]), out header.Version)) return false;

        int offset = FixedBytes - 1;
        if (!TryReadId(packet, ref offset, out header.DestinationId) || !TryReadId(packet, ref offset, out _)) return false;
        QuicPacketType type = TypeOf(packet[0], header.Version.IsVersion2);
        if (type == QuicPacketType.Retry) return false;

        header.IsInitial = type == QuicPacketType.Initial;
        if (header.IsInitial)
        {
            if (!QuicVarint.TryRead(packet, ref offset, out ulong tokenBytes) || tokenBytes > (ulong)(packet.Length - offset)) return false;
            offset += (int)tokenBytes;
        }

        if (!QuicVarint.TryRead(packet, ref offset, out ulong length) || length > (ulong)(packet.Length - offset)) return false;
        header.PacketNumberOffset = offset;
        header.PacketBytes = offset + (int)length;
        return true;
    }

    // RFC 9369 section 3.2 turns the types of RFC 9000 by one.
    private static QuicPacketType TypeOf(byte first, bool isVersion2) =>
        (QuicPacketType)(((first >> 4) - (isVersion2 ? 1 : 0)) & 3);

    private static bool TryReadId(ReadOnlySpan<byte> packet, scoped ref int offset, out ReadOnlySpan<byte> id)
    {
        id = default;
        if (offset >= packet.Length) return false;
        int length = packet[offset++];
        if (length > ConnectionIdBytesMax || length > packet.Length - offset) return false;
        id = packet.Slice(offset, length);
        offset += length;
        return true;
    }
}
