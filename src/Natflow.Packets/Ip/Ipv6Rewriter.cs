using System.Runtime.InteropServices;

using Natflow.Core;

namespace Natflow.Packets.Ip;

/// <summary>Changes IPv6 packets in place. There is no header checksum; only transports see addresses, through their pseudo header.</summary>
public static class Ipv6Rewriter
{
    /// <summary>Bytes from the IPv6 header to the hop limit.</summary>
    public const int HopLimitOffset = 7;

    /// <summary>Bytes from the IPv6 header to the source.</summary>
    public const int SrcOffset = 8;

    /// <summary>Bytes from the IPv6 header to the destination.</summary>
    public const int DstOffset = 24;

    /// <summary>What replacing an address adds to a one's complement sum.</summary>
    public static ushort Delta(in Ipv6Address oldAddress, in Ipv6Address newAddress) =>
        Checksum.Combine(Checksum.Negate(Sum(in oldAddress)), Sum(in newAddress));

    /// <summary>One's complement sum of an address, folded.</summary>
    public static ushort Sum(in Ipv6Address address) => Checksum.Fold(
        (uint)address.HighBe + (address.HighBe >> 32) + (uint)address.LowBe + (address.LowBe >> 32));

    /// <summary>Adds a delta to a checksum field of the frame. UDP's 0 has no meaning over IPv6 and is never made (RFC 8200 section 8.1).</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="offset">Bytes before the field.</param>
    /// <param name="delta">What changed under the checksum.</param>
    /// <param name="protocol">Transport.</param>
    /// <returns>What the change of the field itself adds to a sum that covers it.</returns>
    public static ushort ApplyDelta(Span<byte> frame, int offset, ushort delta, byte protocol)
    {
        Span<byte> field = frame.Slice(offset, sizeof(ushort));
        ushort oldBe = MemoryMarshal.Read<ushort>(field);
        ushort newBe = protocol == IpProtocol.Udp ? Checksum.ApplyUdp(oldBe, delta) : Checksum.Apply(oldBe, delta);
        MemoryMarshal.Write(field, newBe);
        return Checksum.Delta(oldBe, newBe);
    }
}
