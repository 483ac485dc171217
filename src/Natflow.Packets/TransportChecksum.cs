using System.Runtime.InteropServices;

using Natflow.Core;

namespace Natflow.Packets;

/// <summary>Transport checksums from scratch: for packets that are made here, and for checking the incremental updates.</summary>
public static class TransportChecksum
{
    private const int Ipv6AddressPairBytes = 32;

    /// <summary>Checksum of a whole segment, to be stored as it is.</summary>
    /// <param name="addresses">Source and destination as they lie in the IP header: 8 bytes of IPv4 or 32 of IPv6.</param>
    /// <param name="protocol">TCP, UDP, ICMP or ICMPv6.</param>
    /// <param name="segment">Header and payload, the checksum field 0. With a checksum in it, the result is 0 where that is right.</param>
    /// <returns>For UDP over a field of 0, 0xFFFF in place of 0 (RFC 768).</returns>
    public static ushort Compute(ReadOnlySpan<byte> addresses, byte protocol, ReadOnlySpan<byte> segment)
    {
        ushort checksum = Checksum.Finish(Checksum.Sum(segment) + PseudoHeaderSum(addresses, protocol, segment.Length));
        bool isUnset = protocol == IpProtocol.Udp && MemoryMarshal.Read<ushort>(segment[6..]) == 0;
        return isUnset && checksum == 0 ? ushort.MaxValue : checksum;
    }

    // ICMP over IPv4 has none.
    private static ulong PseudoHeaderSum(ReadOnlySpan<byte> addresses, byte protocol, int segmentBytes)
    {
        if (addresses.Length == Ipv6AddressPairBytes)
            return Checksum.PseudoHeaderSumV6(addresses, protocol, segmentBytes);
        return protocol == IpProtocol.Icmp
            ? 0
            : Checksum.PseudoHeaderSum(MemoryMarshal.Read<uint>(addresses), MemoryMarshal.Read<uint>(addresses[4..]), protocol, segmentBytes);
    }
}
