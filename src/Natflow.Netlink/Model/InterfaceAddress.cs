namespace Natflow.Netlink.Model;

/// <summary>An address of the box itself.</summary>
/// <param name="LinkIndex">The link it is on.</param>
/// <param name="Address">The address.</param>
/// <param name="PrefixLengthBits">Length of the prefix on the link.</param>
/// <param name="Peer">The other end of a point-to-point link; else none.</param>
/// <param name="Scope">RT_SCOPE_*: 0 universe, 253 link, 254 host.</param>
/// <param name="Flags">State of the address.</param>
public readonly record struct InterfaceAddress(
    int LinkIndex, IpAddress Address, byte PrefixLengthBits, IpAddress Peer, byte Scope, AddressFlags Flags)
{
    /// <summary>Whether new connections may start from it: neither tentative, nor failed, nor deprecated.</summary>
    public bool IsPreferred => (Flags & (AddressFlags.Tentative | AddressFlags.DadFailed | AddressFlags.Deprecated)) == AddressFlags.None;

    /// <summary>Identity in the kernel: the same address may be on several links, and with several lengths on one.</summary>
    internal (int LinkIndex, IpAddress Address, byte PrefixLengthBits) Key => (LinkIndex, Address, PrefixLengthBits);
}
