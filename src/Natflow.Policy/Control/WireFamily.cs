namespace Natflow.Policy.Control;

/// <summary>Families that a wire carries.</summary>
public enum WireFamily
{
    /// <summary>IPv4 and ARP.</summary>
    Ipv4,

    /// <summary>IPv6.</summary>
    Ipv6,

    /// <summary>All frames.</summary>
    All,
}
