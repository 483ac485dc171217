using System.Net.Sockets;
using Natflow.Actors.Event;
using Natflow.Host.Settings;
using Natflow.Netlink.Model;

namespace Natflow.Host.Cluster;

/// <summary>The addresses that go with shards: taken and announced with them, at the node's link address or at the shard's own.</summary>
/// <remarks>One thread of control, the agent's.</remarks>
internal sealed class VirtualAddresses : IAsyncDisposable
{
    private readonly NetworkModel _network;
    private readonly IReadOnlyList<VirtualAddressSettings> _addresses;
    private readonly Func<int, ulong>? _macOf;
    private readonly Func<int, bool> _isOwned;
    private readonly DetourTable? _detours;
    private readonly ILoggingAdapter _log;
    private readonly ArpResponder _arp = new();
    private readonly NeighbourAdvertiser _neighbours = new();
    private readonly PacketSocket _links = new(etherType: 0); // Receives nothing; the memberships are its own.

    /// <summary>Has none yet.</summary>
    /// <param name="network">The interfaces.</param>
    /// <param name="addresses">All of the cluster.</param>
    /// <param name="macOf">A shard's own link address; null for the node's.</param>
    /// <param name="isOwned">Whether a shard is this node's at this moment. Any thread.</param>
    /// <param name="detours">Told which of those are this node's; null for nobody.</param>
    /// <param name="log">Told what cannot be had.</param>
    /// <exception cref="SocketException">No CAP_NET_RAW.</exception>
    internal VirtualAddresses(NetworkModel network, IReadOnlyList<VirtualAddressSettings> addresses, Func<int, ulong>? macOf, Func<int, bool> isOwned, DetourTable? detours, ILoggingAdapter log)
    {
        _network = network;
        _addresses = addresses;
        _macOf = macOf;
        _isOwned = isOwned;
        _detours = detours;
        _log = log;
    }

    /// <summary>Takes those of a shard.</summary>
    internal void Take(int shard)
    {
        foreach (VirtualAddressSettings address in Of(shard))
            Take(address);
    }

    /// <summary>Gives those of a shard up.</summary>
    internal void Leave(int shard)
    {
        foreach (VirtualAddressSettings address in Of(shard))
        {
            if (!_network.Links.TryFind(address.Interface, out Link? link))
                continue;
            if (address.Address.IsIpv6)
                _neighbours.Leave(link.Index, address.Address.Value);
            else
                _arp.Leave(link.Index, (uint)address.Address.Value);
            if (_macOf is null)
                continue;
            _links.Leave(link.Index, _macOf(shard));
            _detours?.SetVirtual(_macOf(shard), isOwn: false);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _arp.DisposeAsync();
        await _neighbours.DisposeAsync();
        _links.Dispose();
    }

    private IEnumerable<VirtualAddressSettings> Of(int shard) => _addresses.Where(address => address.Shard == shard);

    private void Take(VirtualAddressSettings address)
    {
        if (!_network.Links.TryFind(address.Interface, out Link? link))
        {
            _log.Error("{0} cannot have {1}: there is no such interface", address.Interface, address.Address);
            return;
        }

        try
        {
            ulong mac = MacFor(link, address.Shard);
            if (address.Address.IsIpv6)
                _neighbours.Take(link.Index, address.Address.Value, new TakenAddress(mac, () => _isOwned(address.Shard)));
            else
                _arp.Take(link.Index, (uint)address.Address.Value, new TakenAddress(mac, () => _isOwned(address.Shard)));
        }
        catch (SocketException error)
        {
            _log.Error("{0} at {1} cannot be announced: {2}", address.Address, address.Interface, error.Message);
        }
    }

    // Known to the interface and to the shards before anybody is told of it.
    private ulong MacFor(Link link, int shard)
    {
        if (_macOf is null)
            return link.MacAddress;
        ulong mac = _macOf(shard);
        _links.Join(link.Index, mac);
        _detours?.SetVirtual(mac, isOwn: true);
        return mac;
    }
}
