namespace Natflow.Offload.Model;

/// <summary>What a PPE can do beside forwarding and translating IPv4 TCP and UDP over Ethernet.</summary>
[Flags]
public enum PpeFeatures
{
    /// <summary>Nothing else.</summary>
    None = 0,

    /// <summary>Holds a user's rate: entries of metered users may be bound.</summary>
    Meters = 1,

    /// <summary>Sets DSCP or class marks.</summary>
    Marking = 2,

    /// <summary>Routes IPv6.</summary>
    IPv6Route = 4,

    /// <summary>Translates IPv6.</summary>
    IPv6Nat = 8,

    /// <summary>Writes one VLAN tag.</summary>
    Vlan = 16,

    /// <summary>Writes two VLAN tags.</summary>
    QinQ = 32,

    /// <summary>Writes a PPPoE session header.</summary>
    Pppoe = 64,

    /// <summary>Rewrites both ends of a packet (hairpin).</summary>
    TwiceNat = 128,

    /// <summary>Counts packets and bytes of each entry.</summary>
    Counters = 256,

    /// <summary>Checks the generations of way and policy at each packet, so that one store makes entries void.</summary>
    Generations = 512,

    /// <summary>Checks the way's MTU and punts what is larger.</summary>
    Mtu = 1024,
}
