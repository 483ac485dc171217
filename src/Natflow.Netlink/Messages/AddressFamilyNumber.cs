namespace Natflow.Netlink.Messages;

/// <summary>Address families as the kernel numbers them.</summary>
internal static class AddressFamilyNumber
{
    internal const byte Any = 0; // AF_UNSPEC
    internal const byte Ipv4 = 2; // AF_INET
    internal const byte Bridge = 7; // AF_BRIDGE
    internal const byte Ipv6 = 10; // AF_INET6

    /// <summary>Bits of an address of the family; 0 for one without IP addresses.</summary>
    internal static int WidthBits(byte family) => family switch { Ipv4 => 32, Ipv6 => 128, _ => 0 };
}
