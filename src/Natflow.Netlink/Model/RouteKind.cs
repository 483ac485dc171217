namespace Natflow.Netlink.Model;

/// <summary>What a route does with a packet (RTN_*, linux/rtnetlink.h; the same numbers).</summary>
public enum RouteKind : byte
{
    /// <summary>Not a route.</summary>
    None = 0,

    /// <summary>Forwards to a next hop, or to the destination itself on the link.</summary>
    Unicast = 1,

    /// <summary>The box itself.</summary>
    Local = 2,

    /// <summary>Broadcast on the link; the box listens.</summary>
    Broadcast = 3,

    /// <summary>Anycast; the box listens.</summary>
    Anycast = 4,

    /// <summary>Drops without a word.</summary>
    Blackhole = 6,

    /// <summary>Drops and answers "destination unreachable".</summary>
    Unreachable = 7,

    /// <summary>Drops and answers "administratively prohibited".</summary>
    Prohibit = 8,

    /// <summary>Ends the search in this table; without further tables, unreachable.</summary>
    Throw = 9,
}
