namespace Natflow.Netlink.Model;

/// <summary>What the operator configured, as of one moment: links, addresses, routes, neighbours. Immutable; any thread.</summary>
public sealed class NetworkModel
{
    internal NetworkModel(
        long generation, LinkTable links, AddressTable addresses, RouteTable routes, NeighbourTable neighbours)
    {
        Generation = generation;
        Links = links;
        Addresses = addresses;
        Routes = routes;
        Neighbours = neighbours;
    }

    /// <summary>A model of nothing.</summary>
    public static NetworkModel Empty { get; } = new(
        0,
        new LinkTable(SnapshotMap<int, Link>.Empty),
        new AddressTable(SnapshotMap<(int LinkIndex, IpAddress Address, byte PrefixLengthBits), InterfaceAddress>.Empty),
        new RouteTable(PrefixTable<uint>.Empty, PrefixTable<UInt128>.Empty),
        new NeighbourTable(SnapshotMap<(int LinkIndex, IpAddress Address), Neighbour>.Empty));

    /// <summary>Grows with each model of a watcher; 0 for <see cref="Empty"/>.</summary>
    public long Generation { get; }

    /// <summary>The links.</summary>
    public LinkTable Links { get; }

    /// <summary>The addresses of the box.</summary>
    public AddressTable Addresses { get; }

    /// <summary>The routes.</summary>
    public RouteTable Routes { get; }

    /// <summary>The neighbours.</summary>
    public NeighbourTable Neighbours { get; }

    /// <summary>
    /// Whether the kernel takes packets to this address for itself: an address of a link, or a destination of a route of kind local
    /// (127.0.0.0/8, whole prefixes bound by <c>ip route add local</c>). No allocation.
    /// </summary>
    public bool IsLocal(IpAddress address) =>
        Addresses.Contains(address) || (Routes.TryFind(address, out Route? route) && route.Kind == RouteKind.Local);

    /// <summary>IPv4 form of <see cref="IsLocal(IpAddress)"/>.</summary>
    /// <param name="address">Host byte order.</param>
    public bool IsLocal(uint address) => IsLocal(IpAddress.FromIpv4(address));
}
