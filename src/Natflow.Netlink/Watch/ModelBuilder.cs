using Natflow.Netlink.Messages;
using Natflow.Netlink.Model;

namespace Natflow.Netlink.Watch;

/// <summary>Applies messages of the kernel and makes models of them. Owner thread only; does no I/O.</summary>
internal sealed class ModelBuilder
{
    private const int SharedTargetsMax = 100_000;

    private readonly SnapshotMapBuilder<int, Link> _links = new();
    private readonly SnapshotMapBuilder<(int LinkIndex, IpAddress Address, byte PrefixLengthBits), InterfaceAddress> _addresses = new();
    private readonly SnapshotMapBuilder<(int LinkIndex, IpAddress Address), Neighbour> _neighbours = new();
    private readonly PrefixTableBuilder<uint> _ipv4Routes = new();
    private readonly PrefixTableBuilder<UInt128> _ipv6Routes = new();
    private readonly Dictionary<RouteTarget, RouteTarget> _sharedTargets = [];

    private NetworkModel _current = NetworkModel.Empty;
    private bool _wasResynced;
    private bool _isDumping;

    /// <summary>Tables that must be read anew: the kernel changed them without a word.</summary>
    internal ModelParts Stale { get; private set; } = ModelParts.All;

    /// <summary>Messages that could not be parsed.</summary>
    internal long MalformedCount { get; private set; }

    /// <summary>Whether there may be something to publish.</summary>
    internal bool HasPending =>
        _links.HasPending || _addresses.HasPending || _neighbours.HasPending || _ipv4Routes.HasPending || _ipv6Routes.HasPending;

    /// <summary>Notes that notifications were lost.</summary>
    internal void MarkStale(ModelParts parts) => Stale |= parts;

    /// <summary>Begins a dump of one table, or begins it again.</summary>
    internal void BeginDump(ModelParts part)
    {
        _isDumping = true;
        if (part == ModelParts.Links) _links.BeginDump();
        if (part == ModelParts.Addresses) _addresses.BeginDump();
        if (part == ModelParts.Neighbours) _neighbours.BeginDump();
        if (part == ModelParts.Ipv4Routes) _ipv4Routes.BeginDump();
        if (part == ModelParts.Ipv6Routes) _ipv6Routes.BeginDump();
    }

    /// <summary>Ends a dump: what it did not bring is gone.</summary>
    internal void EndDump(ModelParts part)
    {
        _isDumping = false;
        _wasResynced = true;
        Stale &= ~part;
        if (part == ModelParts.Links) _links.EndDump();
        if (part == ModelParts.Addresses) _addresses.EndDump();
        if (part == ModelParts.Neighbours) _neighbours.EndDump();
        if (part == ModelParts.Ipv4Routes) _ipv4Routes.EndDump();
        if (part == ModelParts.Ipv6Routes) _ipv6Routes.EndDump();
    }

    /// <summary>Gives a dump up: its table stays as it was, and stale.</summary>
    internal void AbandonDump(ModelParts part)
    {
        _isDumping = false;
        if (part == ModelParts.Links) _links.AbandonDump();
        if (part == ModelParts.Addresses) _addresses.AbandonDump();
        if (part == ModelParts.Neighbours) _neighbours.AbandonDump();
        if (part == ModelParts.Ipv4Routes) _ipv4Routes.AbandonDump();
        if (part == ModelParts.Ipv6Routes) _ipv6Routes.AbandonDump();
    }

    /// <summary>Applies an entry of a dump or a notification.</summary>
    internal void Apply(in NetlinkHeader header, ReadOnlySpan<byte> payload)
    {
        ParseStatus status = header.Type switch
        {
            MessageType.NewLink or MessageType.DeleteLink => ApplyLink(header.Type == MessageType.NewLink, payload),
            MessageType.NewAddress or MessageType.DeleteAddress => ApplyAddress(header.Type == MessageType.NewAddress, payload),
            MessageType.NewNeighbour or MessageType.DeleteNeighbour => ApplyNeighbour(header.Type == MessageType.NewNeighbour, payload),
            MessageType.NewRoute or MessageType.DeleteRoute => ApplyRoute(header, payload),
            _ => ParseStatus.Ignored,
        };
        if (status == ParseStatus.Malformed) MalformedCount++;
    }

    /// <summary>Makes the next model.</summary>
    /// <returns>The model and what changed; null when nothing at all did.</returns>
    internal (NetworkModel Model, NetworkChange Change)? Publish()
    {
        var links = new List<LinkChange>();
        var addresses = new List<AddressChange>();
        var routes = new List<RouteChange>();
        var neighbours = new List<NeighbourChange>();
        bool hasLinks = _links.Publish((index, old, now) => links.Add(new LinkChange(index, old, now)));
        bool hasAddresses = _addresses.Publish((_, old, now) => addresses.Add(new AddressChange(OrNull(old), OrNull(now))));
        bool hasNeighbours = _neighbours.Publish((key, old, now) => AddNeighbour(neighbours, key, old, now));
        bool hasRoutes = _ipv4Routes.HasPending || _ipv6Routes.HasPending;
        if (_ipv4Routes.HasPending) _ipv4Routes.Publish(routes);
        if (_ipv6Routes.HasPending) _ipv6Routes.Publish(routes);

        bool isFirst = _current.Generation == 0;
        var change = new NetworkChange(isFirst, _wasResynced && !isFirst, links, addresses, routes, neighbours);
        _wasResynced = false;
        if (!hasLinks && !hasAddresses && !hasNeighbours && !hasRoutes && !isFirst) return null;

        _current = new NetworkModel(
            _current.Generation + 1,
            hasLinks ? new LinkTable(_links.Current) : _current.Links,
            hasAddresses ? new AddressTable(_addresses.Current) : _current.Addresses,
            hasRoutes ? new RouteTable(_ipv4Routes.Current, _ipv6Routes.Current) : _current.Routes,
            hasNeighbours ? new NeighbourTable(_neighbours.Current) : _current.Neighbours);
        return (_current, change);
    }

    private static InterfaceAddress? OrNull(InterfaceAddress address) => address.LinkIndex == 0 ? null : address;

    private static void AddNeighbour(
        List<NeighbourChange> changes, (int LinkIndex, IpAddress Address) key, in Neighbour old, in Neighbour now)
    {
        ulong oldMac = old.IsResolved ? old.MacAddress : 0;
        ulong newMac = now.IsResolved ? now.MacAddress : 0;
        bool hasFailed = now.State == NeighbourState.Failed && old.State != NeighbourState.Failed;
        bool hasGoneStale = now.State == NeighbourState.Stale && old.State != NeighbourState.Stale;
        if (oldMac != newMac || hasFailed || hasGoneStale)
            changes.Add(new NeighbourChange(key.LinkIndex, key.Address, oldMac, newMac, hasFailed) { HasGoneStale = hasGoneStale });
    }

    private ParseStatus ApplyLink(bool isNew, ReadOnlySpan<byte> payload)
    {
        ParseStatus status = LinkParser.Parse(payload, out Link? link);
        if (status != ParseStatus.Ok) return status;
        if (_isDumping)
        {
            _links.Set(link!.Index, link);
            return status;
        }

        bool wasKnown = _links.TryGet(link!.Index, out Link? old);
        if (isNew) _links.Set(link.Index, link);
        else RemoveLink(link.Index);

        // The kernel drops or revives routes of a link without a notification for each (all of IPv4's, next hops of IPv6's).
        if (!isNew || (wasKnown && old!.IsAdminUp != link.IsAdminUp)) Stale |= ModelParts.Routes;
        return status;
    }

    private void RemoveLink(int index)
    {
        _links.Remove(index);
        foreach ((var key, _) in _addresses.Current.All().Where(pair => pair.Key.LinkIndex == index))
            _addresses.Remove(key);
        foreach ((var key, _) in _neighbours.Current.All().Where(pair => pair.Key.LinkIndex == index))
            _neighbours.Remove(key);
    }

    private ParseStatus ApplyAddress(bool isNew, ReadOnlySpan<byte> payload)
    {
        ParseStatus status = AddressParser.Parse(payload, out InterfaceAddress address);
        if (status != ParseStatus.Ok) return status;
        if (isNew)
        {
            _addresses.Set(address.Key, address);
            return status;
        }

        _addresses.Remove(address.Key);
        if (address.Address.IsIpv4) Stale |= ModelParts.Ipv4Routes; // Routes that prefer it as their source go without a word (before Linux 6.6).
        return status;
    }

    private ParseStatus ApplyNeighbour(bool isNew, ReadOnlySpan<byte> payload)
    {
        ParseStatus status = NeighbourParser.Parse(payload, out Neighbour neighbour);
        if (status != ParseStatus.Ok) return status;
        if (isNew) _neighbours.Set((neighbour.LinkIndex, neighbour.Address), neighbour);
        else _neighbours.Remove((neighbour.LinkIndex, neighbour.Address));
        return status;
    }

    private ParseStatus ApplyRoute(in NetlinkHeader header, ReadOnlySpan<byte> payload)
    {
        ParseStatus status = RouteParser.Parse(payload, out IpPrefix destination, out RouteTarget? target);
        if (status != ParseStatus.Ok) return status;
        if (destination.Network.IsIpv4) ApplyRoute(_ipv4Routes, header, destination, Share(target!));
        else ApplyRoute(_ipv6Routes, header, destination, Share(target!));
        return status;
    }

    private void ApplyRoute<TKey>(
        PrefixTableBuilder<TKey> routes, in NetlinkHeader header, IpPrefix destination, RouteTarget target)
        where TKey : unmanaged, System.Numerics.IBinaryInteger<TKey>
    {
        Route? chain = routes.Find(destination);
        AddManner manner = _isDumping ? AddManner.Append : AddManners.Of(header.Flags);
        chain = header.Type == MessageType.NewRoute
            ? RouteChain.Add(destination, chain, target, manner)
            : RouteChain.Remove(destination, chain, target);
        routes.Set(destination, chain);
    }

    private RouteTarget Share(RouteTarget target)
    {
        if (_sharedTargets.TryGetValue(target, out RouteTarget? shared)) return shared;
        if (_sharedTargets.Count >= SharedTargetsMax) _sharedTargets.Clear(); // Costs sharing, never correctness.
        _sharedTargets.Add(target, target);
        return target;
    }
}
