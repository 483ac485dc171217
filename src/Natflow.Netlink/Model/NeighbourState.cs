namespace Natflow.Netlink.Model;

/// <summary>State of a neighbour in the kernel (NUD_*, linux/neighbour.h; the same numbers).</summary>
[Flags]
public enum NeighbourState : ushort
{
    /// <summary>Nothing known.</summary>
    None = 0,

    /// <summary>Being asked for.</summary>
    Incomplete = 0x01,

    /// <summary>Confirmed lately.</summary>
    Reachable = 0x02,

    /// <summary>Known, not confirmed lately.</summary>
    Stale = 0x04,

    /// <summary>In use, confirmation awaited.</summary>
    Delay = 0x08,

    /// <summary>In use, being asked for again.</summary>
    Probe = 0x10,

    /// <summary>Did not answer.</summary>
    Failed = 0x20,

    /// <summary>A link without resolution.</summary>
    NoArp = 0x40,

    /// <summary>Set by the operator.</summary>
    Permanent = 0x80,
}
