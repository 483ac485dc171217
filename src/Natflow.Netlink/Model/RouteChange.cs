namespace Natflow.Netlink.Model;

/// <summary>The best route to a prefix is new, gone or another.</summary>
/// <param name="Destination">The prefix.</param>
/// <param name="Old">The route before; null if there was none.</param>
/// <param name="New">The route now; null if there is none.</param>
public readonly record struct RouteChange(IpPrefix Destination, Route? Old, Route? New);
