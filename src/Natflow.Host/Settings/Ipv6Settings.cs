using System.Net;

namespace Natflow.Host.Settings;

/// <summary><c>natflow.ipv6</c>.</summary>
public sealed record Ipv6Settings
{
    /// <summary>Whether only answers come in (RFC 6092).</summary>
    public required bool Filter { get; init; }

    /// <summary>Prefix translation (RFC 6296).</summary>
    public required IReadOnlyList<Nptv6Settings> Nptv6 { get; init; }

    /// <summary>Stateful IPv6 translation.</summary>
    public required Nat66Settings Nat66 { get; init; }

    /// <summary>Prefix of NAT64 (RFC 6052); null where NAT64 is off.</summary>
    public required IPNetwork? Nat64Prefix { get; init; }
}
