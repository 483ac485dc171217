namespace Natflow.Host.Lab;

/// <summary>
/// Addresses of the lab: hosts A and B behind the gateway, hosts X (two addresses) and Y behind the provider's router. Documentation ranges only.
/// </summary>
public static class LabPlan
{
    /// <summary>Host A, inside.</summary>
    public const string HostA = "10.0.0.10";

    /// <summary>Host B, inside.</summary>
    public const string HostB = "10.0.0.11";

    /// <summary>The gateway's address inside, the hosts' next hop.</summary>
    public const string GatewayInside = "10.0.0.1";

    /// <summary>The gateway's first public address.</summary>
    public const string Public1 = "203.0.113.1";

    /// <summary>The gateway's second public address.</summary>
    public const string Public2 = "203.0.113.2";

    /// <summary>The provider's router, the gateway's next hop.</summary>
    public const string Provider = "203.0.113.254";

    /// <summary>The provider's router towards X and Y.</summary>
    public const string ProviderOutside = "198.51.100.1";

    /// <summary>Host X, outside.</summary>
    public const string HostX = "198.51.100.10";

    /// <summary>Second address of host X.</summary>
    public const string HostX2 = "198.51.100.11";

    /// <summary>Host Y, outside.</summary>
    public const string HostY = "198.51.100.50";

    /// <summary>Host A, inside, IPv6.</summary>
    public const string HostA6 = "2001:db8:1::10";

    /// <summary>Host B, inside, IPv6.</summary>
    public const string HostB6 = "2001:db8:1::11";

    /// <summary>The gateway inside, IPv6.</summary>
    public const string GatewayInside6 = "2001:db8:1::1";

    /// <summary>The gateway's uplink, IPv6.</summary>
    public const string GatewayOutside6 = "2001:db8:f::1";

    /// <summary>The provider's router towards the gateway, IPv6.</summary>
    public const string Provider6 = "2001:db8:f::fe";

    /// <summary>Host X, outside, IPv6.</summary>
    public const string HostX6 = "2001:db8:2::10";

    /// <summary>Host Y, outside, IPv6.</summary>
    public const string HostY6 = "2001:db8:2::50";

    /// <summary>Interface of the gateway towards A and B.</summary>
    public const string LanInterface = "lan0";

    /// <summary>Interface of the gateway towards the provider.</summary>
    public const string WanInterface = "wan0";

    /// <summary>Name that the lab's DNS servers answer for.</summary>
    public const string DnsName = "x.lab.test";
}
