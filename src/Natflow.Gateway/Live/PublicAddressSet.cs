using System.Collections.Immutable;
using Natflow.Netlink.Model;

namespace Natflow.Gateway.Live;

/// <summary>
/// The public addresses in use, as the box's own addresses come and go: one that leaves an interface is given up with its mappings (a DHCP lease
/// that was not renewed), one that comes to an uplink that the operator told to follow is served.
/// </summary>
/// <remarks><see cref="Update"/> on the network actor; <see cref="Contains"/> on any thread.</remarks>
public sealed class PublicAddressSet
{
    private readonly IReadOnlyList<int> _uplinks;
    private readonly bool _follows;
    private readonly HashSet<uint> _own = [];
    private readonly HashSet<uint> _named;
    private ImmutableHashSet<uint> _served;

    /// <summary>Makes the set.</summary>
    /// <param name="addresses">Addresses served at start, host byte order.</param>
    /// <param name="uplinks">Interface indices of the uplinks.</param>
    /// <param name="follows">Whether the uplinks' own addresses are the public ones.</param>
    public PublicAddressSet(IReadOnlyCollection<uint> addresses, IReadOnlyList<int> uplinks, bool follows)
    {
        _uplinks = uplinks;
        _follows = follows;
        _served = [.. addresses];
        _named = [.. addresses];
    }

    /// <summary>The addresses now, host byte order.</summary>
    public IReadOnlyCollection<uint> Addresses => Volatile.Read(ref _served);

    /// <summary>Whether an address is served.</summary>
    /// <param name="address">Host byte order.</param>
    public bool Contains(uint address) => Volatile.Read(ref _served).Contains(address);

    /// <summary>Takes over a network.</summary>
    /// <param name="model">The network now.</param>
    /// <returns>Addresses that went, and addresses that came.</returns>
    public (IReadOnlyList<uint> Gone, IReadOnlyList<uint> Come) Update(NetworkModel model)
    {
        HashSet<uint> present = [.. model.Addresses.All.Where(static address => address.Address.IsIpv4).Select(static address => address.Address.Ipv4)];
        uint[] gone = [.. _served.Where(address => _own.Contains(address) && !present.Contains(address))];
        uint[] come = [.. Wanted(model, present).Where(address => !_served.Contains(address)).Distinct()];
        _own.UnionWith(_served.Union(come).Where(present.Contains));
        Volatile.Write(ref _served, _served.Except(gone).Union(come));
        return (gone, come);
    }

    private IEnumerable<uint> Wanted(NetworkModel model, HashSet<uint> present) => _follows
        ? _uplinks.SelectMany(uplink => UplinkAddresses(model, uplink))
        : _named.Where(address => _own.Contains(address) && present.Contains(address));

    /// <summary>IPv4 addresses of an uplink that can be public: global and preferred.</summary>
    public static IEnumerable<uint> UplinkAddresses(NetworkModel model, int linkIndex) => model.Addresses.On(linkIndex)
        .Where(static address => address.Address.IsIpv4 && address.IsPreferred && address.Scope == 0)
        .Select(static address => address.Address.Ipv4);
}
