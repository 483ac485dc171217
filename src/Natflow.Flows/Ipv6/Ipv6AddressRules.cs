using Natflow.Core;

namespace Natflow.Flows.Ipv6;

/// <summary>Addresses that a router does not forward (RFC 4291, RFC 6890, RFC 6092 REC-1 to REC-7).</summary>
internal static class Ipv6AddressRules
{
    /// <summary>ff00::/8.</summary>
    internal static bool IsMulticast(in Ipv6Address address) => First16(in address) >> 8 == 0xFF;

    /// <summary>fe80::/10.</summary>
    internal static bool IsLinkLocal(in Ipv6Address address) => (First16(in address) & 0xFFC0) == 0xFE80;

    /// <summary>Unspecified, loopback, IPv4-mapped and IPv4-compatible: everything in ::/80.</summary>
    internal static bool IsNotForwardable(in Ipv6Address address) => address.HighBe == 0 && (ushort)Low16(in address) == 0;

    private static int First16(in Ipv6Address address) => BitConverter.IsLittleEndian
        ? (int)(((address.HighBe & 0xFF) << 8) | ((address.HighBe >> 8) & 0xFF))
        : (int)(address.HighBe >> 48);

    // The first two bytes of the low half; zero in either order.
    private static ulong Low16(in Ipv6Address address) => BitConverter.IsLittleEndian ? address.LowBe & 0xFFFF : address.LowBe >> 48;
}
