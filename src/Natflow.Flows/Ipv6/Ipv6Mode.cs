namespace Natflow.Flows.Ipv6;

/// <summary>What happens to subscribers' IPv6 addresses on the way out.</summary>
public enum Ipv6Mode
{
    /// <summary>They stay as they are.</summary>
    Native,

    /// <summary>Their prefix is exchanged, statelessly (NPTv6, RFC 6296).</summary>
    PrefixTranslation,

    /// <summary>Many share public addresses by ports (NAT66), as in IPv4.</summary>
    Masquerade,
}
