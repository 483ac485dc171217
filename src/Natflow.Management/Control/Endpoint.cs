using System.Globalization;
using Natflow.Core;

namespace Natflow.Management.Control;

/// <summary>Addresses, ports and protocols as people write them.</summary>
public static class Endpoint
{
    /// <summary><c>192.0.2.1:80</c>.</summary>
    /// <param name="address">Host byte order.</param>
    /// <param name="port">Host byte order.</param>
    public static string Text(uint address, ushort port) => string.Create(CultureInfo.InvariantCulture, $"{Ipv4Prefix.ToText(address)}:{port}");

    /// <summary><c>tcp</c>, <c>udp</c>, <c>icmp</c>, or the number.</summary>
    public static string ProtocolName(byte protocol) => protocol switch
    {
        IpProtocol.Tcp => "tcp",
        IpProtocol.Udp => "udp",
        IpProtocol.Icmp => "icmp",
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
            _ => 0,
        };
        return protocol != 0 || byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out protocol);
    }
}
