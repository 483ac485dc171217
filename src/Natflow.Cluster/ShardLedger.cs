using Natflow.Cluster.Etcd;
using Natflow.Cluster.Ownership;
using Natflow.Cluster.Replication;

namespace Natflow.Cluster;

/// <summary>
/// What the agent's loops share, behind one lock: the lease, the view, what is this node's. Each change of these reaches the data plane's deadlines before the
/// lock is left, so that none is written after a later decision.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class ShardLedger
{
    private readonly ClusterAgentSettings _settings;
    private readonly IShardHost _host;
    private readonly TimeProvider _clock;
    private readonly ShardSeat[] _seats;
    private readonly NodeCore _core;
    private readonly ClusterView _view;
    private readonly Lock _lock = new();
    private long _lease;

    internal ShardLedger(ClusterAgentSettings settings, IShardHost host, ShardSeat[] seats, TimeProvider clock)
    {
        _settings = settings;
        _host = host;
        _seats = seats;
        _clock = clock;
        _core = new NodeCore(settings.Node, settings.ShardCount);
        _view = new ClusterView(settings.Keys, settings.ShardCount);
        for (int shard = 0; shard < settings.ShardCount; shard++)
            host.SetOwnedUntil(shard, 0);
    }

    /// <summary>The lease; 0 for none.</summary>
    internal long Lease => Volatile.Read(ref _lease);

    /// <summary>Monotonic clock, ms.</summary>
    internal long NowMs => ToMs(_clock.GetTimestamp());

    internal bool IsOwner(int shard) => _core.IsOwner(shard, NowMs);

    /// <summary>Whether another node could take shards.</summary>
    internal bool HasOthers()
    {
        lock (_lock)
            return _view.Nodes.Values.Any(node => node.Id != _settings.Node && node.State == NodeState.Up && !_view.Draining.Contains(node.Id));
    }

    /// <summary>A lease was granted, or kept alive.</summary>
    /// <returns>Whether it is another than before.</returns>
    internal bool OnLease(EtcdLease lease)
    {
        bool isNew = lease.Id != _lease;
        lock (_lock)
        {
            _core.OnLease(lease.Id, ToMs(lease.SentTimestamp), lease.TtlSeconds * 1000L, (long)_settings.LeaseMargin.TotalMilliseconds);
            Volatile.Write(ref _lease, lease.Id);
            WriteDeadlines();
        }

        return isNew;
    }

    /// <summary>The lease is gone: nothing is owned any more.</summary>
    /// <returns>Whether there was one.</returns>
    internal bool OnLeaseLost()
    {
        lock (_lock)
        {
            bool had = _lease != 0;
            _core.OnLeaseLost();
            Volatile.Write(ref _lease, 0);
            WriteDeadlines();
            return had;
        }
    }

    internal void Load(EtcdRangeResult range)
    {
        lock (_lock)
        {
            _view.Load(range);
            _core.OnView(_view);
            WriteDeadlines();
        }
    }

    internal void Apply(EtcdWatchBatch batch)
    {
        lock (_lock)
        {
            _view.Apply(batch);
            _core.OnView(_view);
            WriteDeadlines();
        }
    }

    /// <summary>This node's own transaction has made it the owner.</summary>
    internal void ApplyClaim(int shard, long lease, long revision)
    {
        lock (_lock)
        {
            _view.ApplyOwner(shard, new ShardOwner(_settings.Node, lease, revision));
            _core.OnView(_view);
        }
    }

    /// <summary>The seat of a shard has become active: what was received is applied, and it may forward.</summary>
    internal void OnActive()
    {
        lock (_lock)
            WriteDeadlines();
    }

    internal IReadOnlyList<NodeAction> Decide(Func<ShardOwner, bool> isDead)
    {
        lock (_lock)
            return _core.Decide(_view, NowMs, isDead);
    }

    internal ShardStanding Standing(int shard)
    {
        lock (_lock)
        {
            ShardOwner owner = _view.Owners[shard];
            ClusterNode? node = owner.IsSomebody ? _view.Nodes.GetValueOrDefault(owner.Node) : null;
            return new ShardStanding(_core.Token(shard), owner, _view.Plans[shard], _view.Copies[shard], node);
        }
    }

    /// <summary>The keys by which the plan of now differs from the one that should be.</summary>
    internal List<EtcdOperation> PlanChanges()
    {
        lock (_lock)
        {
            ShardPlan[] plan = ShardPlanner.Plan(_view.Nodes.Values, _view.Draining, _view.Owners, _view.Plans);
            return [.. Enumerable.Range(0, plan.Length).Where(shard => plan[shard] != _view.Plans[shard]).Select(shard => EtcdOperation.Put(_settings.Keys.Plan(shard), plan[shard].ToText()))];
        }
    }

    /// <summary>Stops owning a shard that is to be another's.</summary>
    /// <param name="action">What is to be done.</param>
    /// <returns>Lease of the node that gets it; 0 where it is not to be had any more.</returns>
    internal long TryRelease(NodeAction action)
    {
        lock (_lock)
        {
            if (_core.Token(action.Shard) != action.Token || !_view.Nodes.TryGetValue(action.Node, out ClusterNode? target))
                return 0;
            _core.Release(action.Shard, NowMs + (long)(_settings.HandOverTimeout.TotalMilliseconds * 3));
            _host.SetOwnedUntil(action.Shard, 0);
            _host.Hold(action.Shard, _settings.HandOverTimeout); // Until it is known where they go.
            return target.Lease;
        }
    }

    /// <summary>A shard that was released does not go: it is taken again.</summary>
    internal void Reclaim(int shard)
    {
        lock (_lock)
            _core.Reclaim(shard);
    }

    /// <summary>All nodes whose leases live, by name.</summary>
    internal IReadOnlyList<ClusterNode> Nodes()
    {
        lock (_lock)
            return [.. _view.Nodes.Values.OrderBy(static node => node.Id, StringComparer.Ordinal)];
    }

    /// <summary>What an operator wants of this node.</summary>
    internal NodeWish Wish()
    {
        lock (_lock)
            return _view.WishOf(_settings.Node);
    }

    /// <summary>Whether this node is a member that owns nothing.</summary>
    internal bool OwnsNothing()
    {
        lock (_lock)
            return !_view.Owners.Any(owner => owner.Node == _settings.Node);
    }

    /// <summary>The cluster as this node sees it, as rows.</summary>
    internal ClusterStanding Describe()
    {
        lock (_lock)
        {
            ClusterNode[] nodes = [.. _view.Nodes.Values.OrderBy(static node => node.Id, StringComparer.Ordinal)];
            ShardRow[] shards = [.. Enumerable.Range(0, _settings.ShardCount).Select(shard =>
                new ShardRow(shard, _view.Owners[shard].Node ?? string.Empty, _view.Plans[shard].Standby, _view.Copies[shard].Node, _view.Owners[shard].Token))];
            return new ClusterStanding(_settings.Node, _view.Leader, _view.Oldest, _view.Revision, nodes, [.. _view.Draining.Order(StringComparer.Ordinal)], shards);
        }
    }

    private long ToMs(long timestamp) => (long)((Int128)timestamp * 1000 / _clock.TimestampFrequency);

    private void WriteDeadlines()
    {
        foreach (ShardSeat seat in _seats)
            _host.SetOwnedUntil(seat.Shard, seat.IsActive && _core.Token(seat.Shard) != 0 ? Math.Max(0, _core.DeadlineMs) : 0);
    }
}

/// <summary>How a shard stands: this node's token (0: not its own), owner, plan, copy, and the owner's node while that lives.</summary>
internal readonly record struct ShardStanding(long Token, ShardOwner Owner, ShardPlan Plan, ShardCopy Copy, ClusterNode? Node);
