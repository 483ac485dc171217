using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Natflow.Flows.Paths;

/// <summary>IPv4 addresses as IPv6 ones (RFC 4291 section 2.5.5.2), host byte order, so that next hops of both families have one type.</summary>
public static class MappedAddress
{
    private const ulong Prefix = 0xFFFF_0000_0000;

    /// <summary>The mapped form of an IPv4 address in network byte order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A swap and an or.
    public static UInt128 OfBe(uint addressBe) => Of(BinaryPrimitives.ReverseEndianness(addressBe));

    /// <summary>The mapped form of an IPv4 address in host byte order.</summary>
    public static UInt128 Of(uint address) => new(0, Prefix | address);

    /// <summary>Whether an address is a mapped IPv4 one.</summary>
    /// <param name="address">Host byte order.</param>
    /// <param name="ipv4">The IPv4 address, host byte order.</param>
    public static bool TryGetIPv4(UInt128 address, out uint ipv4)
    {
        ipv4 = (uint)address;
        return address >> 32 == Prefix >> 32;
    }
}
