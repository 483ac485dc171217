namespace Natflow.Netlink;

/// <summary>Groups of notifications (RTNLGRP_*, linux/rtnetlink.h; the same numbers).</summary>
public enum NotificationGroup
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>RTNLGRP_LINK.</summary>
    Link = 1,

    /// <summary>RTNLGRP_NEIGH.</summary>
    Neighbour = 3,

    /// <summary>RTNLGRP_IPV4_IFADDR.</summary>
    Ipv4Address = 5,

    /// <summary>RTNLGRP_IPV4_ROUTE.</summary>
    Ipv4Route = 7,

    /// <summary>RTNLGRP_IPV6_IFADDR.</summary>
    Ipv6Address = 9,

    /// <summary>RTNLGRP_IPV6_ROUTE.</summary>
    Ipv6Route = 11,
}
