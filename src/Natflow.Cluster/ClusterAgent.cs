using System.Globalization;
using System.Net;
using System.Text;
using Natflow.Cluster.Etcd;
using Natflow.Cluster.Ownership;
using Natflow.Cluster.Replication;

namespace Natflow.Cluster;

/// <summary>
/// A node of the cluster: keeps its lease, watches, decides by <see cref="NodeCore"/>, and does what follows: claims and gives away shards, leads, follows owners,
/// and tells the data plane until when it forwards what.
/// </summary>
/// <remarks>Its loops run on the thread pool; what they share is behind one lock, and the core's answers hold without any.</remarks>
public sealed class ClusterAgent : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly ClusterAgentSettings _settings;
    private readonly ClusterKeys _keys;
    private readonly EtcdClient _etcd;
    private readonly IShardHost _host;
    private readonly TimeProvider _clock;
    private readonly Action<string> _log;
    private readonly NodeCore _core;
    private readonly ClusterView _view;
    private readonly ShardSeat[] _seats;
    private readonly FencingGate _gate;
    private readonly ReplicationServer _server;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _loops = [];
    private long _lease;

    /// <summary>Listens for standbys; nothing is written to etcd yet.</summary>
    /// <param name="settings">The node.</param>
    /// <param name="etcd">etcd.</param>
    /// <param name="host">The data plane.</param>
    /// <param name="clock">Time.</param>
    /// <param name="log">Told what an operator should know.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The replication's address cannot be had.</exception>
    public ClusterAgent(ClusterAgentSettings settings, EtcdClient etcd, IShardHost host, TimeProvider clock, Action<string> log)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _keys = settings.Keys;
        _etcd = etcd;
        _host = host;
        _clock = clock;
        _log = log;
        _core = new NodeCore(settings.Node, settings.ShardCount);
        _view = new ClusterView(_keys, settings.ShardCount);
        _gate = new FencingGate(settings.ShardCount);
        _seats = [.. Enumerable.Range(0, settings.ShardCount).Select(shard => new ShardSeat(shard, settings, host, clock))];
        for (int shard = 0; shard < settings.ShardCount; shard++)
            host.SetOwnedUntil(shard, 0);
        _server = new ReplicationServer(settings.Replication, OpenLog, shard => _seats[shard].RestartFeed(), clock);
    }

    /// <summary>Where its replication listens.</summary>
    public IPEndPoint Replication => _server.Endpoint;

    /// <summary>The shards that it forwards now.</summary>
    public IReadOnlyList<int> OwnedShards => [.. Enumerable.Range(0, _settings.ShardCount).Where(shard => _core.IsOwner(shard, NowMs()))];

    /// <summary>Shards of which it has a whole copy.</summary>
    public IReadOnlyList<int> CopiedShards => [.. _seats.Where(static seat => seat.Follower is { IsWhole: true }).Select(static seat => seat.Shard)];

    /// <summary>Reads or makes the seed that all nodes of a cluster share.</summary>
    /// <param name="etcd">etcd.</param>
    /// <param name="keys">The cluster's keys.</param>
    /// <param name="candidate">What it becomes if there is none.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <returns>Null while etcd does not answer.</returns>
    public static async Task<ulong?> FindSeed(EtcdClient etcd, ClusterKeys keys, ulong candidate, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(etcd);
        ArgumentNullException.ThrowIfNull(keys);
        await etcd.Commit(new EtcdTransaction { Compare = [EtcdCompare.Absent(keys.Seed)], Then = [EtcdOperation.Put(keys.Seed, candidate.ToString(CultureInfo.InvariantCulture))] }, cancellation);
        EtcdAnswer<EtcdRangeResult> found = await etcd.Get(keys.Seed, cancellation);
        return found is { IsOk: true, Value.Items: [var item] } && ulong.TryParse(item.Text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed : null;
    }

    /// <summary>Begins to take part.</summary>
    public void Start()
    {
        _loops.Add(Task.Run(KeepLease));
        _loops.Add(Task.Run(Watch));
        _loops.Add(Task.Run(Act));
    }

    /// <summary>Gives every shard to others and waits until they are theirs.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task Drain(CancellationToken cancellation)
    {
        await _etcd.Put(_keys.Drain(_settings.Node), "1"u8.ToArray(), Volatile.Read(ref _lease), cancellation);
        using var timer = new PeriodicTimer(Interval, _clock);
        while (OwnedShards.Count != 0 && HasOthers() && await timer.WaitForNextTickAsync(cancellation))
        {
        }
    }

    /// <summary>Stops owning, ends its lease and its loops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (Task loop in _loops)
            await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _core.OnLeaseLost();
        foreach (ShardSeat seat in _seats)
        {
            _host.SetOwnedUntil(seat.Shard, 0);
            await seat.Leave();
        }

        if (_lease != 0)
            await _etcd.Revoke(_lease);
        await _server.DisposeAsync(); // Last: a refused connection says that nothing is owned here.
        foreach (ShardSeat seat in _seats)
            seat.Dispose();
        _end.Dispose();
        _wake.Dispose();
    }

    private bool HasOthers()
    {
        lock (_lock)
            return _view.Nodes.Values.Any(node => node.Id != _settings.Node && node.State == NodeState.Up && !_view.Draining.Contains(node.Id));
    }

    private long NowMs() => ToMs(_clock.GetTimestamp());

    private long ToMs(long timestamp) => (long)((Int128)timestamp * 1000 / _clock.TimestampFrequency);

    private async Task KeepLease()
    {
        TimeSpan interval = TimeSpan.FromSeconds(_settings.LeaseSeconds / 5.0);
        while (!_end.IsCancellationRequested)
        {
            EtcdAnswer<EtcdLease> answer = _lease == 0 ? await _etcd.Grant(_settings.LeaseSeconds, _end.Token) : await _etcd.KeepAlive(_lease, _end.Token);
            if (answer.IsOk && answer.Value.IsAlive)
                await OnLease(answer.Value);
            else if (answer.IsOk || answer.Status == EtcdStatus.NotFound)
                OnLeaseLost();
            TimeSpan pause = answer.IsOk && _lease != 0 ? interval : RetryPause;
            await Task.Delay(pause, _clock, _end.Token);
        }
    }

    private async Task OnLease(EtcdLease lease)
    {
        bool isNew = lease.Id != _lease;
        lock (_lock)
        {
            _core.OnLease(lease.Id, ToMs(lease.SentTimestamp), lease.TtlSeconds * 1000L, (long)_settings.LeaseMargin.TotalMilliseconds);
            Volatile.Write(ref _lease, lease.Id);
            ExtendAll();
        }

        if (isNew)
            await Join(lease.Id);
    }

    private async Task Join(long lease)
    {
        var node = new ClusterNode(_settings.Node, NodeState.Up, _settings.Weight, lease, _server.Endpoint.ToString(), "-");
        EtcdAnswer<long> put = await _etcd.Put(_keys.Node(_settings.Node), Encoding.UTF8.GetBytes(node.ToText()), lease, _end.Token);
        if (!put.IsOk)
        {
            _log($"this node's key cannot be written: {put.Error}");
            OnLeaseLost(); // With another lease again.
        }
    }

    private void OnLeaseLost()
    {
        lock (_lock)
        {
            if (_lease != 0)
                _log("the lease is gone: nothing is owned any more");
            _core.OnLeaseLost();
            Volatile.Write(ref _lease, 0);
            ExtendAll();
        }

        _wake.Release();
    }

    // Under the lock: a deadline must not be written after a later decision.
    private void ExtendAll()
    {
        foreach (ShardSeat seat in _seats)
            _host.SetOwnedUntil(seat.Shard, seat.IsActive && _core.Token(seat.Shard) != 0 ? Math.Max(0, _core.DeadlineMs) : 0);
    }

    private async Task Watch()
    {
        while (!_end.IsCancellationRequested)
        {
            EtcdAnswer<EtcdRangeResult> range = await _etcd.Range(_keys.Prefix, _end.Token);
            if (!range.IsOk)
            {
                await Task.Delay(RetryPause, _clock, _end.Token);
                continue;
            }

            lock (_lock)
            {
                _view.Load(range.Value);
                _core.OnView(_view);
                ExtendAll();
            }

            _wake.Release();
            await foreach (EtcdWatchBatch batch in _etcd.Watch(_keys.Prefix, range.Value.Revision + 1, _end.Token))
            {
                lock (_lock)
                {
                    _view.Apply(batch);
                    _core.OnView(_view);
                    ExtendAll();
                }

                _wake.Release();
            }
        }
    }

    private async Task Act()
    {
        while (!_end.IsCancellationRequested)
        {
            await _wake.WaitAsync(Interval, _end.Token);
            IReadOnlyList<NodeAction> actions;
            lock (_lock)
                actions = _core.Decide(_view, NowMs(), IsDead);
            await Task.WhenAll(actions.Where(static action => action.Kind == NodeActionKind.Claim).Select(Claim));
            foreach (NodeAction action in actions.Where(static action => action.Kind != NodeActionKind.Claim))
                await Execute(action);
            foreach (ShardSeat seat in _seats)
                await Settle(seat);
        }
    }

    private bool IsDead(string node, long token) => _seats.Any(seat => seat.Follower is { IsOwnerDead: true } follower && seat.FollowedNode == node && follower.Token == token);

    private async Task Claim(NodeAction action)
    {
        string key = _keys.Owner(action.Shard);
        EtcdAnswer<EtcdTransactionResult> answer = await _etcd.Commit(
            new EtcdTransaction
            {
                Compare = [action.Token == 0 ? EtcdCompare.Absent(key) : EtcdCompare.ModRevision(key, action.Token), EtcdCompare.Present(_keys.Node(_settings.Node))],
                Then = [EtcdOperation.Put(key, _settings.Node, _lease)],
            },
            _end.Token);
        if (answer is not { IsOk: true, Value.HasSucceeded: true })
            return;
        lock (_lock)
        {
            _view.ApplyOwner(action.Shard, new ShardOwner(_settings.Node, _lease, answer.Value.Revision));
            _core.OnView(_view);
        }

        await Settle(_seats[action.Shard]); // At once: each millisecond is a gap.
    }

    private Task Execute(NodeAction action) => action.Kind switch
    {
        NodeActionKind.Lead => _etcd.Commit(
            new EtcdTransaction
            {
                Compare = [EtcdCompare.Absent(_keys.Leader), EtcdCompare.Present(_keys.Node(_settings.Node))],
                Then = [EtcdOperation.Put(_keys.Leader, _settings.Node, _lease)],
            },
            _end.Token),
        NodeActionKind.Plan => WritePlan(action.Token),
        _ => HandOver(action),
    };

    private async Task WritePlan(long leaderToken)
    {
        const int keysMax = 100; // Of the 128 operations that etcd takes at once.
        var puts = new List<EtcdOperation>();
        lock (_lock)
        {
            ShardPlan[] plan = ShardPlanner.Plan(_view.Nodes.Values, _view.Draining, _view.Owners, _view.Plans);
            for (int shard = 0; shard < plan.Length; shard++)
            {
                if (plan[shard] != _view.Plans[shard])
                    puts.Add(EtcdOperation.Put(_keys.Plan(shard), plan[shard].ToText()));
            }
        }

        foreach (EtcdOperation[] some in puts.Chunk(keysMax))
            await _etcd.Commit(new EtcdTransaction { Compare = [EtcdCompare.ModRevision(_keys.Leader, leaderToken)], Then = some }, _end.Token);
    }

    // Stops, tells the rest, and then gives the key away: no two forward, and nothing is forgotten.
    private async Task HandOver(NodeAction action)
    {
        ShardSeat seat = _seats[action.Shard];
        long lease;
        lock (_lock)
        {
            if (_core.Token(action.Shard) != action.Token || !_view.Nodes.TryGetValue(action.Node, out ClusterNode? target))
                return;
            lease = target.Lease;
            _core.Release(action.Shard, NowMs() + (long)(_settings.HandOverTimeout.TotalMilliseconds * 3));
            _host.SetOwnedUntil(action.Shard, 0);
        }

        await seat.Flush(_server, action.Node, _settings.HandOverTimeout, _end.Token);
        string key = _keys.Owner(action.Shard);
        await _etcd.Commit(
            new EtcdTransaction
            {
                Compare = [EtcdCompare.ModRevision(key, action.Token), EtcdCompare.Present(_keys.Node(action.Node))],
                Then = [EtcdOperation.Put(key, action.Node, lease)],
            },
            _end.Token);
    }

    // Brings what is done with a shard to what it is by now.
    private async Task Settle(ShardSeat seat)
    {
        long token;
        ShardOwner owner;
        ShardPlan plan;
        ShardCopy copy;
        ClusterNode? node;
        lock (_lock)
        {
            token = _core.Token(seat.Shard);
            owner = _view.Owners[seat.Shard];
            plan = _view.Plans[seat.Shard];
            copy = _view.Copies[seat.Shard];
            node = owner.IsSomebody ? _view.Nodes.GetValueOrDefault(owner.Node) : null;
        }

        if (token != 0)
        {
            await Take(seat, token);
            return;
        }

        bool isReleasing = owner.Node == _settings.Node; // The key is not given away yet: the log still serves.
        if (seat.IsActive && !isReleasing)
            await seat.Leave();
        bool isWanted = plan.Owner == _settings.Node || plan.Standby == _settings.Node;
        if (!owner.IsSomebody || isReleasing || !isWanted || node is null)
            return; // A follower goes on until another owner is there: it may prove the death of this one.
        await seat.Follow(_settings.Node, owner, node, _gate, () => _wake.Release());
        string writer = plan.Owner != owner.Node ? plan.Owner : plan.Standby;
        if (seat.Follower is { IsWhole: true } && writer == _settings.Node && copy != new ShardCopy(_settings.Node, owner.Token))
            await _etcd.Put(_keys.Copy(seat.Shard), Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"1 {_settings.Node} {owner.Token}")), _lease, _end.Token);
    }

    private async Task Take(ShardSeat seat, long token)
    {
        if (seat.Token == token && seat.IsActive)
            return;
        await seat.BecomeOwner(token); // Whatever was received is applied.
        lock (_lock)
            ExtendAll();
        await _host.Activate(seat.Shard);
    }

    private async Task<ReplicationLog?> OpenLog(int shard, long token) => (uint)shard < (uint)_seats.Length ? await _seats[shard].OpenLog(token) : null;
}
