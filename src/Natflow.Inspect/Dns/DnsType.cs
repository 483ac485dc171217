namespace Natflow.Inspect.Dns;

/// <summary>Types of DNS records (IANA) that are read.</summary>
public static class DnsType
{
    /// <summary>An IPv4 address.</summary>
    public const ushort A = 1;

    /// <summary>An IPv6 address (RFC 3596).</summary>
    public const ushort Aaaa = 28;
}
