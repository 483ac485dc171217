using System.Diagnostics.CodeAnalysis;

namespace Natflow.Netlink.Model;

/// <summary>
/// The routes of a model: tables <c>local</c> and <c>main</c> as one. The longest prefix wins; for one prefix, <c>local</c> before
/// <c>main</c>, then the lower metric, then the kernel's order. Immutable; any thread.
/// </summary>
public sealed class RouteTable
{
    private readonly PrefixTable<uint> _ipv4;
    private readonly PrefixTable<UInt128> _ipv6;

    internal RouteTable(PrefixTable<uint> ipv4, PrefixTable<UInt128> ipv6)
    {
        _ipv4 = ipv4;
        _ipv6 = ipv6;
    }

    /// <summary>Number of prefixes.</summary>
    public int Count => _ipv4.Count + _ipv6.Count;

    /// <summary>Memory of the lookup structure in bytes, without the routes themselves (about 72 bytes each).</summary>
    public long SizeBytes => _ipv4.SizeBytes + _ipv6.SizeBytes;

    /// <summary>The best route to each prefix; <see cref="Route.Alternate"/> leads to the others.</summary>
    public IEnumerable<Route> All => _ipv4.All().Concat(_ipv6.All());

    /// <summary>Finds the route to an IPv4 address. No allocation.</summary>
    /// <param name="destination">Host byte order.</param>
    /// <param name="route">The route: also one that drops, see <see cref="Route.Kind"/>.</param>
    /// <returns>False when there is none: unreachable.</returns>
    public bool TryFind(uint destination, [NotNullWhen(true)] out Route? route)
    {
        route = _ipv4.Find(destination);
        return route is not null;
    }

    /// <summary>Finds the route to an IPv6 address. No allocation.</summary>
    /// <param name="destination">Host byte order.</param>
    /// <param name="route">The route; for a link-local destination, that of one link among others.</param>
    /// <returns>False when there is none: unreachable.</returns>
    public bool TryFind(UInt128 destination, [NotNullWhen(true)] out Route? route)
    {
        route = _ipv6.Find(destination);
        return route is not null;
    }

    /// <summary>Finds the route to an address of either family. No allocation.</summary>
    public bool TryFind(IpAddress destination, [NotNullWhen(true)] out Route? route)
    {
        if (destination.IsIpv4) return TryFind(destination.Ipv4, out route);
        route = destination.IsIpv6 ? _ipv6.Find(destination.Bits) : null;
        return route is not null;
    }

    /// <summary>Finds the routes to exactly a prefix, best first. No allocation.</summary>
    public bool TryGet(IpPrefix prefix, [NotNullWhen(true)] out Route? route)
    {
        route = prefix.Network.IsIpv4 ? _ipv4.FindExact(prefix) : _ipv6.FindExact(prefix);
        return route is not null;
    }
}
