namespace Natflow.Policy.Users;

/// <summary>What can identify a user.</summary>
public enum UserIdentifierKind : byte
{
    /// <summary>An IPv4 address.</summary>
    Ipv4 = 1,

    /// <summary>An IPv6 prefix; a single address has 128 bits.</summary>
    Ipv6 = 2,

    /// <summary>A MAC that its maker gave.</summary>
    Mac = 3,

    /// <summary>A MAC that the device made up (IEEE 802 section 8.2): it may never come back.</summary>
    LocalMac = 4,

    /// <summary>The number of a login name.</summary>
    Login = 5,
}
