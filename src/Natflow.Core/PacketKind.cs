namespace Natflow.Core;

/// <summary>What the parser found a frame to be: selects the path through the flow actor.</summary>
public enum PacketKind : byte
{
    /// <summary>Not parsed.</summary>
    None = 0,

    /// <summary>Whole IPv4 TCP, UDP or ICMP query: the hot path. The descriptor's key is complete.</summary>
    Flow = 1,

    /// <summary>An ICMPv4 error that quotes a packet. Addresses of the key are set, ports are zero.</summary>
    IcmpError = 2,

    /// <summary>An IPv4 fragment, first or not. The first fragment's key is complete, the others' ports are zero.</summary>
    Fragment = 3,

    /// <summary>IPv4 of another protocol or ICMP type. Addresses of the key are set.</summary>
    OtherIPv4 = 4,

    /// <summary>IPv6 with a walked extension-header chain; L4 protocol in the key, addresses in the frame.</summary>
    IPv6 = 5,

    /// <summary>ARP.</summary>
    Arp = 6,

    /// <summary>Any other ethertype, LLC, PPP control and PPPoE discovery frames: for the host.</summary>
    OtherLink = 7,

    /// <summary>Dropped by the parser; the descriptor's reason says why.</summary>
    Drop = 8,
}
