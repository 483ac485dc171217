using System.Buffers.Binary;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Packets.Ip;

namespace Natflow.Packets.Icmp;

/// <summary>Makes ICMP errors of the gateway itself (RFC 792, RFC 1812 section 4.3.2) around the packet they report, where it lies.</summary>
public static class IcmpErrorBuilder
{
    /// <summary>Bytes that go before the reported packet: IPv4 header and ICMP header.</summary>
    public const int PrefixBytes = Ipv4Header.BytesMin + 8;

    // RFC 1812 section 4.3.2.3: as much of the packet as fits 576 bytes.
    private const int ErrorBytesMax = 576;

    // RFC 1812 section 4.3.2.5: errors travel with precedence 6.
    private const byte InternetworkControl = 0xC0;
    private const byte Ttl = 64;

    /// <summary>Writes the headers before a packet; the answer goes to the packet's source.</summary>
    /// <param name="room"><see cref="PrefixBytes"/> free bytes, then the packet as it was received; a trailer is allowed.</param>
    /// <param name="sourceBe">Address of the gateway, network order.</param>
    /// <param name="type">ICMP type.</param>
    /// <param name="code">ICMP code.</param>
    /// <param name="nextHopMtu">For "fragmentation needed" (RFC 1191), else 0.</param>
    /// <returns>Bytes of the error from the start of <paramref name="room"/>.</returns>
    public static int Write(Span<byte> room, uint sourceBe, byte type, byte code, ushort nextHopMtu)
    {
        Span<byte> packet = room[PrefixBytes..];
        int quotedBytes = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(packet[2..]), packet.Length);
        int totalBytes = Math.Min(ErrorBytesMax, PrefixBytes + quotedBytes);
        uint destinationBe = MemoryMarshal.Read<uint>(packet[12..]);

        Span<byte> header = room[..Ipv4Header.BytesMin];
        header.Clear();
        header[0] = 0x45;
        header[1] = InternetworkControl;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)totalBytes);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], Ipv4Header.DontFragment);
        header[8] = Ttl;
        header[9] = IpProtocol.Icmp;
        MemoryMarshal.Write(header[12..], sourceBe);
        MemoryMarshal.Write(header[16..], destinationBe);
        MemoryMarshal.Write(header[10..], Checksum.Compute(header));

        Span<byte> icmp = room[Ipv4Header.BytesMin..totalBytes];
        icmp[..8].Clear();
        icmp[0] = type;
        icmp[1] = code;
        BinaryPrimitives.WriteUInt16BigEndian(icmp[6..], nextHopMtu);
        MemoryMarshal.Write(icmp[2..], Checksum.Compute(icmp));
        return totalBytes;
    }

    /// <summary>Turns an echo request into its reply, in place: addresses swapped, type 0 (RFC 792).</summary>
    /// <param name="packet">From the IPv4 header to the end of the datagram, which is whole.</param>
    public static void TurnEcho(Span<byte> packet)
    {
        uint source = MemoryMarshal.Read<uint>(packet[12..]);
        MemoryMarshal.Write(packet[12..], MemoryMarshal.Read<uint>(packet[16..]));
        MemoryMarshal.Write(packet[16..], source);
        packet[8] = Ttl;
        int headerBytes = (packet[0] & 0x0F) * 4;
        packet[10] = packet[11] = 0;
        MemoryMarshal.Write(packet[10..], Checksum.Compute(packet[..headerBytes]));

        Span<byte> icmp = packet[headerBytes..];
        ushort before = MemoryMarshal.Read<ushort>(icmp);
        icmp[0] = IcmpType.EchoReply;
        ushort delta = Checksum.Delta(before, MemoryMarshal.Read<ushort>(icmp));
        MemoryMarshal.Write(icmp[2..], Checksum.Apply(MemoryMarshal.Read<ushort>(icmp[2..]), delta));
    }
}
