using System.Net.Sockets;
using Natflow.Actors.Event;
using Natflow.Cluster.Replication;
using Natflow.Core;
using Natflow.Gateway;
using Natflow.Gateway.Replication;
using Natflow.Host.Settings;
using Natflow.Netlink;
using Natflow.Netlink.Model;
using Natflow.Offload.Xdp;

namespace Natflow.Host.Cluster;

/// <summary>The data plane as the cluster sees it: shards with deadlines, also in the soft PPE, and the addresses that go with them.</summary>
internal sealed class PlaneShards : IShardHost, IDisposable
{
    private const ulong NsPerMs = 1_000_000;

    private readonly DataPlane _plane;
    private readonly XdpPpe? _ppe;
    private readonly NetworkModel _network;
    private readonly IReadOnlyList<VirtualAddressSettings> _addresses;
    private readonly ILoggingAdapter _log;
    private readonly AddressEditor _editor = new();
    private readonly AddressAnnouncer _announcer = new();
    private readonly Lock _lock = new();

    internal PlaneShards(DataPlane plane, XdpPpe? ppe, NetworkModel network, IReadOnlyList<VirtualAddressSettings> addresses, ILoggingAdapter log)
    {
        _plane = plane;
        _ppe = ppe;
        _network = network;
        _addresses = addresses;
        _log = log;
        foreach (VirtualAddressSettings address in addresses)
            Give(address, isOurs: false); // Of a run that was killed.
    }

    /// <inheritdoc />
    public void SetOwnedUntil(int shard, long untilMs)
    {
        _plane.SetOwnedUntil(shard, untilMs);
        _ppe?.SetShardDeadline((ushort)shard, untilMs <= 0 ? 1 : (ulong)untilMs * NsPerMs); // 0 would be no limit.
    }

    /// <inheritdoc />
    public Task Activate(int shard)
    {
        foreach (VirtualAddressSettings address in _addresses.Where(address => address.Shard == shard))
            Give(address, isOurs: true);
        _log.Info("shard {0} is this node's", shard);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task Deactivate(int shard)
    {
        foreach (VirtualAddressSettings address in _addresses.Where(address => address.Shard == shard))
            Give(address, isOurs: false);
        _log.Info("shard {0} is not this node's any more", shard);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task<IReplicationFeed> OpenFeed(int shard, TimeSpan age)
    {
        var feed = new PlaneFeed(_plane, shard, age);
        await feed.Restart();
        return feed;
    }

    /// <inheritdoc />
    public Task Reset(int shard) => _plane.Ask<ReplicaResetRequest>(shard, ReplicaResetRequest.Instance);

    /// <inheritdoc />
    public async Task<bool> Apply(int shard, ReadOnlyMemory<byte> records) => (await _plane.Ask<ReplicaAnswer>(shard, new ReplicaRecords(records))).IsWhole;

    /// <inheritdoc />
    public void Dispose()
    {
        _editor.Dispose();
        _announcer.Dispose();
    }

    private void Give(VirtualAddressSettings address, bool isOurs)
    {
        if (!_network.Links.TryFind(address.Interface, out Link? link))
            return;
        lock (_lock)
        {
            int errno = isOurs
                ? _editor.Add(link.Index, address.Address, address.PrefixLength)
                : _editor.Remove(link.Index, address.Address, address.PrefixLength);
            if (!isOurs)
                return; // One that was not there is as good.
            if (errno != 0)
                _log.Error("{0} cannot have {1}: errno {2}", address.Interface, Ipv4Prefix.ToText(address.Address), errno);
            Announce(link, address);
        }
    }

    private void Announce(Link link, VirtualAddressSettings address)
    {
        try
        {
            _announcer.Announce(link.Index, link.MacAddress, address.Address);
        }
        catch (SocketException error)
        {
            _log.Error("{0} at {1} cannot be announced: {2}", Ipv4Prefix.ToText(address.Address), address.Interface, error.Message);
        }
    }
}
