namespace Natflow.Packets.Link;

/// <summary>Ethertypes (IEEE registry), host byte order, and the PPP protocol numbers (RFC 1332, RFC 5072) that carry IP.</summary>
public static class EtherType
{
    /// <summary>The least value that is a type; below it the field is the length of an IEEE 802.3 frame.</summary>
    public const ushort TypeMin = 0x0600;

    /// <summary>IPv4.</summary>
    public const ushort Ipv4 = 0x0800;

    /// <summary>ARP (RFC 826).</summary>
    public const ushort Arp = 0x0806;

    /// <summary>IEEE 802.1Q customer tag.</summary>
    public const ushort Vlan = 0x8100;

    /// <summary>IPv6.</summary>
    public const ushort Ipv6 = 0x86DD;

    /// <summary>PPPoE discovery stage (RFC 2516).</summary>
    public const ushort PppoeDiscovery = 0x8863;

    /// <summary>PPPoE session stage (RFC 2516).</summary>
    public const ushort PppoeSession = 0x8864;

    /// <summary>IEEE 802.1ad service tag.</summary>
    public const ushort ServiceVlan = 0x88A8;

    /// <summary>The service tag of switches older than 802.1ad.</summary>
    public const ushort OldServiceVlan = 0x9100;

    /// <summary>PPP protocol number of IPv4.</summary>
    public const ushort PppIpv4 = 0x0021;

    /// <summary>PPP protocol number of IPv6.</summary>
    public const ushort PppIpv6 = 0x0057;

    /// <summary>Whether the type announces a VLAN tag of any kind.</summary>
    public static bool IsVlan(ushort etherType) => etherType is Vlan or ServiceVlan or OldServiceVlan;
}
