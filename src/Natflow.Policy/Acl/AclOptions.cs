namespace Natflow.Policy.Acl;

/// <summary>Additions to the original, off by default.</summary>
[Flags]
public enum AclOptions
{
    /// <summary>As the original: DNS passes, QUIC is dropped in silence.</summary>
    None = 0,

    /// <summary>A client of QUIC is told by ICMP, so that it goes to TCP at once.</summary>
    QuicUnreachable = 1,

    /// <summary>Questions for refused names get NXDOMAIN.</summary>
    DnsNameError = 2,

    /// <summary>Questions for names with a redirect get the portal's address.</summary>
    DnsPortal = 4,
}
