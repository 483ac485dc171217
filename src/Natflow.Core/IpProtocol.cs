namespace Natflow.Core;

/// <summary>IP protocol numbers (IANA) that the gateway knows by name.</summary>
public static class IpProtocol
{
    /// <summary>IPv6 hop-by-hop options.</summary>
    public const byte HopByHop = 0;

    /// <summary>ICMP for IPv4 (RFC 792).</summary>
    public const byte Icmp = 1;

    /// <summary>TCP (RFC 9293).</summary>
    public const byte Tcp = 6;

    /// <summary>UDP (RFC 768).</summary>
    public const byte Udp = 17;

    /// <summary>IPv6 routing header.</summary>
    public const byte Routing = 43;

    /// <summary>IPv6 fragment header.</summary>
    public const byte Fragment = 44;

    /// <summary>Encapsulating security payload.</summary>
    public const byte Esp = 50;

    /// <summary>Authentication header.</summary>
    public const byte Ah = 51;

    /// <summary>ICMP for IPv6 (RFC 4443).</summary>
    public const byte IcmpV6 = 58;

    /// <summary>IPv6: no next header.</summary>
    public const byte NoNextHeader = 59;

    /// <summary>IPv6 destination options.</summary>
    public const byte DestinationOptions = 60;

    /// <summary>IPv6 mobility header.</summary>
    public const byte Mobility = 135;

    /// <summary>Host identity protocol.</summary>
    public const byte Hip = 139;

    /// <summary>Shim6.</summary>
    public const byte Shim6 = 140;
}
