using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Netlink.Model;
using Natflow.Packets.Link;

namespace Natflow.Gateway.Live;

/// <summary>
/// Finds ways in what the operator configured: routes by longest prefix, neighbours by the kernel's table. A change makes exactly those ways stale that it
/// may lead elsewhere.
/// </summary>
/// <remarks>The shard's owner thread. The model is replaced whole, by message.</remarks>
public sealed class LivePathResolver : IPathResolver
{
    private const int EthernetBytes = 14;
    private const int VlanBytes = 4;
    private const uint GoldenRatio = 2654435769;

    private readonly PathTable _paths;
    private readonly IReadOnlyList<LivePort> _ports;
    private readonly Action<NeighbourRequest> _ask;
    private NetworkModel _model;

    /// <summary>Makes the resolver of one shard.</summary>
    /// <param name="paths">The shard's ways.</param>
    /// <param name="ports">All ports of the gateway.</param>
    /// <param name="model">The network at start.</param>
    /// <param name="ask">Asks the kernel for a neighbour; must not block.</param>
    public LivePathResolver(PathTable paths, IReadOnlyList<LivePort> ports, NetworkModel model, Action<NeighbourRequest> ask)
    {
        _paths = paths;
        _ports = ports;
        _model = model;
        _ask = ask;
    }

    /// <inheritdoc />
    public ushort Outside(UInt128 address) => Resolve(Side.Wan, ToIpAddress(address));

    /// <inheritdoc />
    public ushort Inside(UInt128 address, ushort zone) => Resolve(Side.Lan, ToIpAddress(address));

    /// <inheritdoc />
    public bool IsLocal(UInt128 address)
    {
        IpAddress ip = ToIpAddress(address);
        return _model.IsLocal(ip) || (_model.Routes.TryFind(ip, out Route? route) && route.Kind is RouteKind.Broadcast or RouteKind.Anycast);
    }

    /// <inheritdoc />
    public bool RoutesInside => true;

    /// <summary>The box's own address on a side, from which errors are sent: network byte order, 0 for none.</summary>
    public uint OwnAddressBe(Side side) => _ports
        .Where(port => port.Side == side)
        .SelectMany(port => PublicAddressSet.UplinkAddresses(_model, port.InterfaceIndex))
        .Select(BinaryPrimitives.ReverseEndianness)
        .FirstOrDefault();

    /// <inheritdoc />
    public void Ask(ushort pathIndex)
    {
        ref PathRecord path = ref _paths[pathIndex];
        _ask(new NeighbourRequest(path.InterfaceIndex, ToIpAddress(path.NextHop)));
    }

    /// <summary>The box's own IPv6 address on a side; null for none.</summary>
    public Ipv6Address? OwnIpv6Address(Side side)
    {
        foreach (InterfaceAddress address in OwnIpv6(side))
            return ToIpv6Address(address.Address);
        return null;
    }

    /// <summary>IPv6 networks that LAN ports lead to: on the link, or behind a subscriber's router.</summary>
    public IReadOnlyList<Ipv6Prefix> LanIpv6Prefixes() =>
    [
        .. _model.Routes.All
            .Where(route => route.Kind == RouteKind.Unicast && route.Destination.LengthBits != 0
                && route.Destination.Network is { IsIpv6: true, IsIpv6LinkLocal: false } && LeadsInside(route))
            .Select(static route => new Ipv6Prefix(ToIpv6Address(route.Destination.Network), route.Destination.LengthBits))
            .OrderBy(static prefix => prefix.Network.ToUInt128()).ThenBy(static prefix => prefix.LengthBits),
    ];

    /// <summary>Whether a change may alter <see cref="LanIpv6Prefixes"/> or the box's own addresses.</summary>
    public bool AltersIpv6(NetworkChange change) => change.IsFirst || change.Addresses.Count != 0
        || change.Routes.Any(route => route.Destination.Network.IsIpv6 && (LeadsInside(route.Old) || LeadsInside(route.New)));

    /// <summary>Takes over a changed network.</summary>
    /// <param name="changed">The new model, and what differs.</param>
    public void Apply(NetworkChanged changed)
    {
        NetworkModel old = _model;
        _model = changed.Model;
        foreach (LinkChange link in changed.Change.Links)
            RefreshAllOn(link.Index);
        foreach (NeighbourChange neighbour in changed.Change.Neighbours)
            OnNeighbour(neighbour);
        foreach (RouteChange route in changed.Change.Routes)
            OnRoute(route, old);
    }

    private bool LeadsInside(Route? route) => route is not null && route.NextHops.Any(hop => PortOf(hop.LinkIndex) is { Side: Side.Lan });

    private IEnumerable<InterfaceAddress> OwnIpv6(Side side) => _ports
        .Where(port => port.Side == side)
        .SelectMany(port => _model.Addresses.On(port.InterfaceIndex))
        .Where(static address => address.Address.IsIpv6 && address.IsPreferred && address.Scope == 0);

    private static Ipv6Address ToIpv6Address(IpAddress address)
    {
        Span<byte> bytes = stackalloc byte[Ipv6Address.SizeBytes];
        address.Write(bytes);
        return Ipv6Address.Read(bytes);
    }

    private static UInt128 ToNumber(IpAddress address) => address.IsIpv4 ? MappedAddress.Of(address.Ipv4) : address.Bits;

    private static IpAddress ToIpAddress(UInt128 address) =>
        MappedAddress.TryGetIPv4(address, out uint ipv4) ? IpAddress.FromIpv4(ipv4) : IpAddress.FromIpv6(address);

    private ushort Resolve(Side side, IpAddress address)
    {
        if (_model.IsLocal(address))
            return PathTable.Hairpin;
        if (!_model.Routes.TryFind(address, out Route? route) || route.Kind != RouteKind.Unicast || !TryPickHop(route, address, out NextHop hop))
            return PathTable.None;
        if (PortOf(hop.LinkIndex) is not { } port || port.Side != side)
            return PathTable.None;

        IpAddress neighbour = hop.Gateway.IsNone ? address : hop.Gateway;
        ushort index = _paths.FindOrAdd(side, hop.LinkIndex, ToNumber(neighbour), out bool isNew);
        if (isNew)
            Refresh(index);
        return index;
    }

    // The same address always takes the same hop while the hops stay (RFC 2992): weights divide the hash range.
    private bool TryPickHop(Route route, IpAddress address, out NextHop picked)
    {
        picked = default;
        uint total = 0;
        foreach (NextHop hop in route.NextHops)
            total += IsUsable(hop) ? hop.Weight : 0u;
        if (total == 0)
            return TryKeepHop(route, out picked);

        uint point = (uint)(((ulong)((uint)address.Bits * GoldenRatio) * total) >> 32);
        foreach (NextHop hop in route.NextHops)
        {
            if (!IsUsable(hop))
                continue;
            picked = hop;
            if (point < hop.Weight)
                break;
            point -= hop.Weight;
        }

        return true;
    }

    // A route whose links are all down is kept, so that its flows wait for the link instead of ending.
    private bool TryKeepHop(Route route, out NextHop kept)
    {
        kept = route.NextHops.FirstOrDefault(hop => _model.Links.TryFind(hop.LinkIndex, out _));
        return kept.LinkIndex != 0;
    }

    private bool IsUsable(in NextHop hop) => _model.Links.TryFind(hop.LinkIndex, out Link? link) && link.IsUsable;

    private LivePort? PortOf(int linkIndex)
    {
        int carrier = _model.Links.TryFind(linkIndex, out Link? link) && link.VlanId != 0 ? link.ParentIndex : linkIndex;
        foreach (LivePort port in _ports)
        {
            if (port.InterfaceIndex == linkIndex || port.InterfaceIndex == carrier)
                return port;
        }

        return null;
    }

    private void Refresh(ushort index)
    {
        ref PathRecord path = ref _paths[index];
        if (!_model.Links.TryFind(path.InterfaceIndex, out Link? link) || PortOf(path.InterfaceIndex) is not { } port)
        {
            path.State = PathState.Down;
            return;
        }

        path.PortIndex = port.PortIndex;
        path.MssClampBytes = port.MssClampBytes;
        path.MtuBytes = (ushort)Math.Min(link.MtuBytes, ushort.MaxValue);
        if (!link.IsUsable)
        {
            path.State = PathState.Down;
        }
        else if (_model.Neighbours.TryFind(path.InterfaceIndex, ToIpAddress(path.NextHop), out ulong mac))
        {
            WriteHeader(ref path, link, port, mac);
            path.State = PathState.Ready;
            Ask(index); // Known, but the kernel does not see that it is used now.
        }
        else
        {
            path.State = PathState.Pending;
            Ask(index);
        }
    }

    private static void WriteHeader(ref PathRecord path, Link link, LivePort port, ulong mac)
    {
        bool isTagged = link.VlanId != 0 && link.Index != port.InterfaceIndex;
        path.HeaderBytes = (byte)(isTagged ? EthernetBytes + VlanBytes : EthernetBytes);
        Span<byte> header = path.Header[^path.HeaderBytes..];
        MacAddress.Write(header, mac);
        MacAddress.Write(header[6..], link.MacAddress);
        if (isTagged)
            VlanTag.Write(header[12..], link.VlanId);
    }

    private void RefreshAllOn(int linkIndex)
    {
        foreach (ushort index in _paths.Indices)
        {
            if (_paths[index].InterfaceIndex != linkIndex)
                continue;
            Refresh(index);
            _paths.Bump(index);
        }
    }

    // A neighbour that the kernel merely forgot is still where it was; one that did not answer is not.
    private void OnNeighbour(in NeighbourChange change)
    {
        ushort index = _paths.Find(change.LinkIndex, ToNumber(change.Address));
        if (index == PathTable.None || (change.OldMacAddress == change.NewMacAddress && !change.HasFailed))
            return;
        if (change.NewMacAddress == 0 && !change.HasFailed)
        {
            Ask(index);
            return;
        }

        // A way that becomes known stays the same way: frames that wait for it may leave.
        bool wasReady = _paths[index].State == PathState.Ready;
        Refresh(index);
        if (wasReady)
            _paths.Bump(index);
    }

    private void OnRoute(in RouteChange change, NetworkModel old)
    {
        Route? before = change.Old;
        if (before is null && !old.Routes.TryFind(change.Destination.Network, out before))
            return;
        foreach (NextHop hop in before.NextHops)
        {
            ushort index = hop.Gateway.IsNone ? PathTable.None : _paths.Find(hop.LinkIndex, ToNumber(hop.Gateway));
            if (index != PathTable.None)
                _paths.Retire(index);
            else if (hop.Gateway.IsNone)
                RetireAllIn(change.Destination, hop.LinkIndex);
        }
    }

    private void RetireAllIn(IpPrefix prefix, int linkIndex)
    {
        foreach (ushort index in _paths.Indices.ToArray())
        {
            if (_paths[index].InterfaceIndex == linkIndex && prefix.Contains(ToIpAddress(_paths[index].NextHop)))
                _paths.Retire(index);
        }
    }
}
