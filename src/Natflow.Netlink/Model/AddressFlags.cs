namespace Natflow.Netlink.Model;

/// <summary>Flags of an address (IFA_F_*, linux/if_addr.h).</summary>
[Flags]
public enum AddressFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Secondary on its subnet (IPv4), temporary (IPv6, RFC 8981).</summary>
    Secondary = 0x01,

    /// <summary>Duplicate address detection found another owner.</summary>
    DadFailed = 0x08,

    /// <summary>Valid, and not to be used for new connections.</summary>
    Deprecated = 0x20,

    /// <summary>Duplicate address detection is not done: it must not be used yet.</summary>
    Tentative = 0x40,

    /// <summary>Without a lifetime.</summary>
    Permanent = 0x80,
}
