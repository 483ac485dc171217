using Natflow.Actors.Event;
using Natflow.Cluster.Ownership;
using Natflow.Cluster.Replication;
using Natflow.Gateway;
using Natflow.Gateway.Live;
using Natflow.Gateway.Replication;
using Natflow.Host.Live;
using Natflow.Host.Settings;
using Natflow.Netlink.Model;
using Natflow.Offload.Xdp;

namespace Natflow.Host.Cluster;

/// <summary>The data plane as the cluster sees it: shards with deadlines, also in the soft PPE, and the addresses that go with them.</summary>
internal sealed class PlaneShards : IShardHost, IAsyncDisposable
{
    private const ulong NsPerMs = 1_000_000;

    private readonly DataPlane _plane;
    private readonly GatewayJournal? _journal;
    private readonly XdpPpe? _ppe;
    private readonly ILoggingAdapter _log;
    private readonly VirtualAddresses _addresses;
    private readonly DetourTable _detours;
    private readonly UserRelay _users;

    internal PlaneShards(DataPlane plane, XdpPpe? ppe, UserRelay users, NetworkModel network, IReadOnlyList<LivePort> ports, ClusterSettings settings, ulong seed, GatewayJournal? journal, ILoggingAdapter log)
    {
        _detours = new DetourTable(plane, ports, network);
        _plane = plane;
        _users = users;
        _ppe = ppe;
        _addresses = new VirtualAddresses(network, settings.Addresses, settings.HasVirtualMac ? shard => VirtualMac.Of(seed, shard) : null, plane.IsOwned, _detours, log);
        _journal = journal;
        _log = log;
    }

    /// <inheritdoc />
    public void SetOwnedUntil(int shard, long untilMs)
    {
        _plane.SetOwnedUntil(shard, untilMs);
        _ppe?.SetShardDeadline((ushort)shard, untilMs <= 0 ? 1 : (ulong)untilMs * NsPerMs); // 0 would be no limit.
    }

    /// <summary>Link addresses of the ports, as other nodes are told them.</summary>
    internal string Links => _detours.OwnText;

    /// <inheritdoc />
    public void SetNodes(IReadOnlyList<ClusterNode> nodes) => _detours.SetNodes(nodes);

    /// <inheritdoc />
    public void SetOwnerNode(int shard, ClusterNode? owner) => _detours.SetOwner(shard, owner);

    /// <inheritdoc />
    public void Hold(int shard, TimeSpan longest) => _plane.HoldFrames(shard, longest);

    /// <inheritdoc />
    public void Claim(int shard, long token) => _journal?.Own(shard, token);

    /// <inheritdoc />
    public Task Record(int shard, TimeSpan longest) => _journal?.Settle(longest) ?? Task.CompletedTask;

    /// <inheritdoc />
    public Task Activate(int shard)
    {
        _users.Adopt(shard);
        _addresses.Take(shard);
        _log.Info("shard {0} is this node's", shard);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task Deactivate(int shard)
    {
        _addresses.Leave(shard);
        _log.Info("shard {0} is not this node's any more", shard);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public IReplicationFeed OpenFeed(int shard, TimeSpan age, Action onMore) => new PlaneFeed(_plane, _users, shard, age, onMore);

    /// <inheritdoc />
    public Task Reset(int shard)
    {
        _users.Forget(shard);
        return _plane.Ask<ReplicaResetRequest>(shard, ReplicaResetRequest.Instance);
    }

    /// <inheritdoc />
    public bool KeepUsers(int shard, ReadOnlyMemory<byte> users) => _users.Keep(shard, users);

    /// <inheritdoc />
    public async Task<bool> Apply(int shard, ReadOnlyMemory<byte> records) => (await _plane.Ask<ReplicaAnswer>(shard, new ReplicaRecords(records))).IsWhole;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _users.DisposeAsync();
        await _addresses.DisposeAsync();
    }
}
