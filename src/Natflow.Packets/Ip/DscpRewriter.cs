using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Natflow.Packets.Ip;

/// <summary>Sets the differentiated services code point (RFC 2474) of a packet in place; the ECN bits stay (RFC 3168).</summary>
public static class DscpRewriter
{
    private const int HeaderChecksumOffset = 10;
    private const ushort Ipv6DscpMask = 0x0FC0;

    /// <summary>Sets the value.</summary>
    /// <param name="packet">IPv4 or IPv6, from its header on, whole header.</param>
    /// <param name="dscp">0 to 63.</param>
    public static void Set(Span<byte> packet, byte dscp)
    {
        ushort first = BinaryPrimitives.ReadUInt16BigEndian(packet);
        if (packet[0] >> 4 == 6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet, (ushort)((first & ~Ipv6DscpMask) | (dscp << 6)));
            return;
        }

        ushort changed = (ushort)((first & 0xFF03) | (dscp << 2));
        if (changed == first)
            return;
        ushort delta = Checksum.Delta(MemoryMarshal.Read<ushort>(packet), BinaryPrimitives.ReverseEndianness(changed));
        BinaryPrimitives.WriteUInt16BigEndian(packet, changed);
        ushort checksumBe = MemoryMarshal.Read<ushort>(packet[HeaderChecksumOffset..]);
        MemoryMarshal.Write(packet[HeaderChecksumOffset..], Checksum.Apply(checksumBe, delta));
    }
}
