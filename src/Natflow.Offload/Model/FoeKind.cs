namespace Natflow.Offload.Model;

/// <summary>What an entry does to the packets of its direction.</summary>
public enum FoeKind : byte
{
    /// <summary>IPv4 TCP or UDP with new addresses and ports (MediaTek's HNAPT); a plain route is one whose new 5-tuple is the old one.</summary>
    IPv4Nat = 0,

    /// <summary>IPv6 TCP or UDP, routed as it is.</summary>
    IPv6Route = 1,

    /// <summary>IPv6 TCP or UDP with new addresses (NPTv6, RFC 6296) or addresses and ports (NAT66).</summary>
    IPv6Nat = 2,
}
