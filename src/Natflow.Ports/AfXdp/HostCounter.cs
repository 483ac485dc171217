namespace Natflow.Ports.AfXdp;

/// <summary>What the BPF program in front of a port did with a frame. The same numbers as <c>enum host_counter</c>: never renumber, only append.</summary>
public enum HostCounter
{
    /// <summary>Given to the gateway.</summary>
    Gateway = 0,

    /// <summary>Left to the kernel: not IP (ARP, LLDP), or more VLAN tags than two.</summary>
    NotIp = 1,

    /// <summary>Left to the kernel: multicast, broadcast, link-local, loopback or unspecified destination.</summary>
    Group = 2,

    /// <summary>Left to the kernel: for an address of the box itself.</summary>
    Local = 3,

    /// <summary>Left to the kernel: PPPoE session frames, where the gateway does not take them.</summary>
    Pppoe = 4,

    /// <summary>Dropped: the gateway's, but its queue has no socket.</summary>
    NoSocket = 5,

    /// <summary>Dropped: the gateway's, but the interface is no port of it.</summary>
    UnknownPort = 6,
}
