namespace Natflow.Netlink.Model;

/// <summary>A network interface.</summary>
/// <param name="Index">The kernel's number of it (ifindex), 1 or more; not reused while the system runs, as a rule.</param>
/// <param name="Name">For example <c>eth0</c>.</param>
/// <param name="MacAddress">Lower 48 bits; 0 where the link has no Ethernet address.</param>
/// <param name="MtuBytes">Largest packet, without the frame's header.</param>
/// <param name="IsAdminUp">IFF_UP: the operator wants it up.</param>
/// <param name="HasCarrier">IFF_LOWER_UP: the other end is there.</param>
/// <param name="IsLoopback">IFF_LOOPBACK.</param>
/// <param name="MasterIndex">Index of the bridge or bond it belongs to; 0 for none.</param>
/// <param name="Kind">For example <c>vlan</c>, <c>veth</c>, <c>bridge</c>; empty for hardware.</param>
/// <param name="ParentIndex">Index of the link a VLAN or macvlan stands on, in the same namespace; 0 for none.</param>
/// <param name="VlanId">1 to 4094 for a VLAN; 0 for another kind.</param>
public sealed record Link(
    int Index,
    string Name,
    ulong MacAddress,
    int MtuBytes,
    bool IsAdminUp,
    bool HasCarrier,
    bool IsLoopback,
    int MasterIndex,
    string Kind,
    int ParentIndex,
    ushort VlanId)
{
    /// <summary>Whether packets can leave through it.</summary>
    public bool IsUsable => IsAdminUp && HasCarrier;
}
