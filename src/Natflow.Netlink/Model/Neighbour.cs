namespace Natflow.Netlink.Model;

/// <summary>An address on a link and the MAC address behind it.</summary>
/// <param name="LinkIndex">The link.</param>
/// <param name="Address">The address.</param>
/// <param name="MacAddress">Lower 48 bits; 0 where it is not known or the link has none.</param>
/// <param name="State">What the kernel thinks of it.</param>
public readonly record struct Neighbour(int LinkIndex, IpAddress Address, ulong MacAddress, NeighbourState State)
{
    private const NeighbourState Valid = NeighbourState.Reachable | NeighbourState.Stale | NeighbourState.Delay
        | NeighbourState.Probe | NeighbourState.Permanent | NeighbourState.NoArp;

    /// <summary>Whether frames may be sent to <see cref="MacAddress"/> now (the kernel's NUD_VALID, and an Ethernet address).</summary>
    public bool IsResolved => (State & Valid) != NeighbourState.None && MacAddress != 0;
}
