using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Packets;
using Natflow.Packets.Link;

namespace Natflow.Ports.AfXdp;

/// <summary>
/// Finishes transport checksums that a sender left to hardware that is not there (Linux: <c>CHECKSUM_PARTIAL</c>). Such a field holds
/// the folded sum of the pseudo header.
/// </summary>
/// <remarks>
/// That is also a right checksum once in 65,536 frames. Finishing it then gives the same value: with P the pseudo header, S the rest of
/// the segment and a right checksum C = P, the result is ~(S + C), which is P because S + C + P is zero in one's complement. So the
/// test needs no other knowledge and harms no frame.
/// </remarks>
internal static class PartialChecksum
{
    private const int EtherTypeOffset = 12;
    private const int EthernetBytes = 14;
    private const int TagBytes = 4;
    private const int TagsMax = 2;
    private const int Ipv4BytesMin = 20;
    private const int Ipv6Bytes = 40;
    private const ushort FragmentMask = 0x3FFF;
    private const int TcpBytesMin = 20;
    private const int UdpBytes = 8;
    private const int TcpChecksumOffset = 16;
    private const int UdpChecksumOffset = 6;

    /// <summary>Finishes the checksum of a TCP or UDP packet over IPv4, or over IPv6 without extension headers, if it is unfinished.</summary>
    /// <param name="frame">An Ethernet frame with at most two VLAN tags; any bytes do.</param>
    /// <returns>Whether it was unfinished.</returns>
    internal static bool TryComplete(Span<byte> frame)
    {
        int l3 = EthernetBytes;
        if (frame.Length < EthernetBytes)
            return false;
        ushort type = ReadBe(frame, EtherTypeOffset);
        for (int tag = 0; tag < TagsMax && EtherType.IsVlan(type) && frame.Length >= l3 + TagBytes; tag++)
        {
            type = ReadBe(frame, l3 + 2);
            l3 += TagBytes;
        }

        return type switch
        {
            EtherType.Ipv4 => TryComplete4(frame[l3..]),
            EtherType.Ipv6 => TryComplete6(frame[l3..]),
            _ => false,
        };
    }

    private static bool TryComplete4(Span<byte> packet)
    {
        if (packet.Length < Ipv4BytesMin || packet[0] >> 4 != 4)
            return false;
        int headerBytes = (packet[0] & 0x0F) * 4;
        int totalBytes = ReadBe(packet, 2);
        if (headerBytes < Ipv4BytesMin || totalBytes < headerBytes || totalBytes > packet.Length || (ReadBe(packet, 6) & FragmentMask) != 0)
            return false;

        byte protocol = packet[9];
        int segmentBytes = totalBytes - headerBytes;
        ulong pseudoHeader = Checksum.PseudoHeaderSum(
            MemoryMarshal.Read<uint>(packet[12..]), MemoryMarshal.Read<uint>(packet[16..]), protocol, segmentBytes);
        return TryCompleteSegment(packet[headerBytes..totalBytes], protocol, pseudoHeader);
    }

    private static bool TryComplete6(Span<byte> packet)
    {
        if (packet.Length < Ipv6Bytes || packet[0] >> 4 != 6)
            return false;
        int segmentBytes = ReadBe(packet, 4);
        if (segmentBytes > packet.Length - Ipv6Bytes)
            return false;
        byte protocol = packet[6];
        ulong pseudoHeader = Checksum.PseudoHeaderSumV6(packet.Slice(8, 32), protocol, segmentBytes);
        return TryCompleteSegment(packet.Slice(Ipv6Bytes, segmentBytes), protocol, pseudoHeader);
    }

    private static bool TryCompleteSegment(Span<byte> segment, byte protocol, ulong pseudoHeader)
    {
        int offset = protocol switch
        {
            IpProtocol.Tcp when segment.Length >= TcpBytesMin => TcpChecksumOffset,
            IpProtocol.Udp when segment.Length >= UdpBytes => UdpChecksumOffset,
            _ => -1,
        };
        if (offset < 0 || MemoryMarshal.Read<ushort>(segment[offset..]) != (ushort)~Checksum.Finish(pseudoHeader))
            return false;
        Finish(segment, offset, protocol);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // The rare branch on most interfaces.
    private static void Finish(Span<byte> segment, int offset, byte protocol)
    {
        ushort checksum = Checksum.Compute(segment);
        if (checksum == 0 && protocol == IpProtocol.Udp)
            checksum = ushort.MaxValue;
        MemoryMarshal.Write(segment[offset..], in checksum);
    }

    private static ushort ReadBe(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16BigEndian(bytes[offset..]);
}
