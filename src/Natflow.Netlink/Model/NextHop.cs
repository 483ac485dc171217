namespace Natflow.Netlink.Model;

/// <summary>A way out of a route.</summary>
/// <param name="LinkIndex">The link to send through; 0 for none.</param>
/// <param name="Gateway">The neighbour to send to, possibly IPv6 for an IPv4 route (RFC 5549); none: the destination itself.</param>
/// <param name="Weight">Share among the next hops of the route, 1 to 256.</param>
public readonly record struct NextHop(int LinkIndex, IpAddress Gateway, ushort Weight);
