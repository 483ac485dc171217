using System.Globalization;
using Natflow.Core;
using Natflow.Flows.Paths;

namespace Natflow.Management.Control;

/// <summary>Addresses, ports and protocols as people write them.</summary>
public static class Endpoint
{
    /// <summary><c>192.0.2.1:80</c>.</summary>
    /// <param name="address">Host byte order.</param>
    /// <param name="port">Host byte order.</param>
    public static string Text(uint address, ushort port) => string.Create(CultureInfo.InvariantCulture, $"{Ipv4Prefix.ToText(address)}:{port}");

    /// <summary><c>192.0.2.1:80</c>, or <c>[2001:db8::1]:80</c>.</summary>
    /// <param name="address">IPv6, or IPv4 mapped into it, host byte order.</param>
    /// <param name="port">Host byte order.</param>
    public static string Text(UInt128 address, ushort port) => MappedAddress.TryGetIPv4(address, out uint ipv4)
        ? Text(ipv4, port)
        : string.Create(CultureInfo.InvariantCulture, $"[{Ipv6Address.Of(address)}]:{port}");

    /// <summary>Reads an address of either family.</summary>
    /// <param name="text">As people write it.</param>
    /// <param name="address">IPv6, or IPv4 mapped into it, host byte order.</param>
    public static bool TryParseAddress(string text, out UInt128 address)
    {
        if (Ipv4Prefix.TryParseAddress(text, out uint ipv4))
        {
            address = MappedAddress.Of(ipv4);
            return true;
        }

        bool isIpv6 = Ipv6Address.TryParse(text, out Ipv6Address parsed);
        address = parsed.ToUInt128();
        return isIpv6;
    }

    /// <summary><c>tcp</c>, <c>udp</c>, <c>icmp</c>, or the number.</summary>
    public static string ProtocolName(byte protocol) => protocol switch
    {
        IpProtocol.Tcp => "tcp",
        IpProtocol.Udp => "udp",
        IpProtocol.Icmp => "icmp",
        IpProtocol.IcmpV6 => "icmpv6",
        _ => protocol.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Reads a protocol's name or number.</summary>
    public static bool TryParseProtocol(string text, out byte protocol)
    {
        protocol = text.ToLowerInvariant() switch
        {
            "tcp" => IpProtocol.Tcp,
            "udp" => IpProtocol.Udp,
            "icmp" => IpProtocol.Icmp,
            "icmpv6" => IpProtocol.IcmpV6,
            _ => 0,
        };
        return protocol != 0 || byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out protocol);
    }
}
