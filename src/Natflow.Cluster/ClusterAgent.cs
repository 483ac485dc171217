using System.Net;
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
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan AbreastTimeout = TimeSpan.FromMilliseconds(200); // Short: what else is to be done waits with it.
    private static readonly TimeSpan LastRecords = TimeSpan.FromMilliseconds(15); // Of the gap that a hand-over may make.
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly ClusterAgentSettings _settings;
    private readonly EtcdClient _etcd;
    private readonly IShardHost _host;
    private readonly TimeProvider _clock;
    private readonly Action<string> _log;
    private readonly ShardSeat[] _seats;
    private readonly ShardLedger _ledger;
    private readonly ClusterTransactions _transactions;
    private readonly FencingGate _gate;
    private readonly ReplicationServer _server;
    private readonly FeedPump _pump;
    private readonly ReplicationSecurity _security;
    private readonly PeerQuestions _questions;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _loops = [];
    private IReadOnlyList<ClusterNode> _nodes = [];
    private CancellationTokenSource _watchEnd = new();
    private bool _hasLostLease;

    /// <summary>Listens for standbys; nothing is written to etcd yet.</summary>
    /// <param name="settings">The node.</param>
    /// <param name="etcd">etcd.</param>
    /// <param name="host">The data plane.</param>
    /// <param name="clock">Time.</param>
    /// <param name="log">Told what an operator should know.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The replication's address cannot be had.</exception>
    /// <exception cref="IOException">A file of TLS cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It is none of what it should be.</exception>
    public ClusterAgent(ClusterAgentSettings settings, EtcdClient etcd, IShardHost host, TimeProvider clock, Action<string> log)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _etcd = etcd;
        _host = host;
        _clock = clock;
        _log = log;
        _gate = new FencingGate(settings.ShardCount);
        _seats = [.. Enumerable.Range(0, settings.ShardCount).Select(shard => new ShardSeat(shard, settings, host, clock))];
        _ledger = new ShardLedger(settings, host, _seats, clock);
        _transactions = new ClusterTransactions(settings, etcd);
        _security = new ReplicationSecurity(settings.Tls, clock);
        _questions = new PeerQuestions(_security, clock);
        _server = new ReplicationServer(settings.Replication, OpenLog, shard => _seats[shard].RestartFeed(), _questions, _security, clock);
        _pump = new FeedPump(_seats, clock);
    }

    /// <summary>Where its replication listens.</summary>
    public IPEndPoint Replication => _server.Endpoint;

    /// <summary>The shards that it forwards now.</summary>
    public IReadOnlyList<int> OwnedShards => [.. Enumerable.Range(0, _settings.ShardCount).Where(_ledger.IsOwner)];

    /// <summary>Shards of which it has a whole copy.</summary>
    public IReadOnlyList<int> CopiedShards => [.. _seats.Where(static seat => seat.Follower is { IsWhole: true }).Select(static seat => seat.Shard)];

    /// <summary>The cluster as this node sees it.</summary>
    public ClusterStanding Standing
    {
        get
        {
            ClusterStanding standing = _ledger.Describe();
            string[] lost = [.. _seats.Where(static seat => seat.Follower is { IsConnected: false }).Select(static seat => seat.FollowedNode).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            return standing with { Shards = [.. standing.Shards.Select(row => row with { Lag = LagOf(row.Shard) })], Unreachable = lost };
        }
    }

    /// <summary>Age of the oldest change that a shard's standby has not applied; null where this node is not the owner, or nobody follows.</summary>
    public TimeSpan? LagOf(int shard) => _seats[shard].Lag(_server);

    /// <summary>Asks all other nodes whose leases live.</summary>
    /// <param name="question">At most 64 KiB.</param>
    /// <param name="longest">Longest wait.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <returns>One for each, also for those that did not answer.</returns>
    public Task<IReadOnlyList<PeerAnswer>> AskPeers(byte[] question, TimeSpan longest, CancellationToken cancellation) =>
        _questions.Ask(_ledger.Nodes().Where(node => node.Id != _settings.Node), question, longest, cancellation);

    /// <summary>Answers what other nodes ask.</summary>
    /// <param name="handler">Gets a question, at most 64 KiB of whatever bytes; null for none of its own.</param>
    public void AnswerPeers(Func<byte[], Task<byte[]?>> handler) => _questions.Handler = handler;

    /// <summary>Begins to take part.</summary>
    public void Start()
    {
        _loops.Add(Task.Run(() => ReplicationRehearsal.Run(_settings, _clock, _end.Token)));
        _loops.Add(Task.Run(KeepLease));
        _loops.Add(Task.Run(Watch));
        _loops.Add(Task.Run(Act));
    }

    /// <summary>Gives every shard to others and waits until they are theirs.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task Drain(CancellationToken cancellation)
    {
        await _transactions.WishDrain(_ledger.Lease, cancellation);
        using var timer = new PeriodicTimer(Interval, _clock);
        while (OwnedShards.Count != 0 && _ledger.HasOthers() && await timer.WaitForNextTickAsync(cancellation))
        {
        }
    }

    /// <summary>Stops owning, ends its lease and its loops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (Task loop in _loops)
            await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        long lease = _ledger.Lease;
        _ledger.OnLeaseLost();
        foreach (ShardSeat seat in _seats)
            await seat.Leave();
        if (lease != 0)
            await _etcd.Revoke(lease);
        await _pump.DisposeAsync();
        await _server.DisposeAsync(); // Last: a refused connection says that nothing is owned here.
        foreach (ShardSeat seat in _seats)
            seat.Dispose();
        _end.Dispose();
        _watchEnd.Dispose();
        _wake.Dispose();
    }

    private async Task KeepLease()
    {
        TimeSpan interval = TimeSpan.FromSeconds(_settings.LeaseSeconds / 5.0);
        while (!_end.IsCancellationRequested)
        {
            long lease = _ledger.Lease;
            if (await IsAway(lease))
            {
                await Task.Delay(RetryPause, _clock, _end.Token);
                continue;
            }

            EtcdAnswer<EtcdLease> answer = lease == 0 ? await _etcd.Grant(_settings.LeaseSeconds, _end.Token) : await _etcd.KeepAlive(lease, _end.Token);
            if (answer.IsOk && answer.Value.IsAlive)
                await OnLease(answer.Value);
            else if (answer.IsOk || answer.Status == EtcdStatus.NotFound)
                OnLeaseLost();
            await Task.Delay(answer.IsOk && _ledger.Lease != 0 ? interval : RetryPause, _clock, _end.Token);
        }
    }

    // Who is to leave gives its shards away first; who is down stops first, by its own clock too, so that nobody takes over from one that goes on.
    private async Task<bool> IsAway(long lease)
    {
        NodeWish wish = _ledger.Wish();
        bool isAway = wish == NodeWish.Down || (wish == NodeWish.Leave && (lease == 0 || _ledger.OwnsNothing() || !_ledger.HasOthers()));
        if (!isAway || lease == 0)
            return isAway;
        OnLeaseLost();
        await _transactions.EndLease(lease);
        return true;
    }

    private async Task OnLease(EtcdLease lease)
    {
        if (!_ledger.OnLease(lease))
            return;
        if (_hasLostLease)
            await WatchAnew();
        EtcdAnswer<long> put = await _transactions.WriteNode(lease.Id, _server.Endpoint.ToString(), _settings.Links, _end.Token);
        if (put.IsOk)
            return;
        _log($"this node's key cannot be written: {put.Error}");
        OnLeaseLost(); // With another lease again.
    }

    private void OnLeaseLost()
    {
        if (_ledger.OnLeaseLost())
            _log("the lease is gone: nothing is owned any more");
        _hasLostLease = true;
        _wake.Release();
    }

    // Who lost its lease was cut off: the stream of before may hang in TCP's growing pauses, while shards are given to this node already.
    private Task WatchAnew()
    {
        _hasLostLease = false;
        return Interlocked.Exchange(ref _watchEnd, new CancellationTokenSource()).CancelAsync();
    }

    private async Task Watch()
    {
        ClusterKeys keys = _settings.Keys;
        while (!_end.IsCancellationRequested)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(_end.Token, Volatile.Read(ref _watchEnd).Token);
            EtcdAnswer<EtcdRangeResult> range = await _etcd.Range(keys.Prefix, _end.Token);
            if (!range.IsOk)
            {
                await Task.Delay(RetryPause, _clock, _end.Token);
                continue;
            }

            _ledger.Load(range.Value!);
            _wake.Release();
            await foreach (EtcdWatchBatch batch in _etcd.Watch(keys.Prefix, range.Value!.Revision + 1, end.Token))
            {
                _ledger.Apply(batch);
                _wake.Release();
            }
        }
    }

    private async Task Act()
    {
        while (!_end.IsCancellationRequested)
        {
            await _wake.WaitAsync(Interval, _end.Token);
            try
            {
                await ActOnce();
            }
            catch (TimeoutException error)
            {
                _log($"a shard of this node does not answer: {error.Message}"); // What was begun is taken up again: each step looks at how things are.
            }
        }
    }

    private async Task ActOnce()
    {
        IReadOnlyList<NodeAction> actions = _ledger.Decide(IsDead);
        TellNodes();
        await TakeOwned();
        await Task.WhenAll(actions.Where(static action => action.Kind == NodeActionKind.Claim).Select(Claim));
        await Task.WhenAll(actions.Where(static action => action.Kind == NodeActionKind.HandOver).Select(HandOver));
        foreach (NodeAction action in actions)
        {
            await Balance(action);
            await TakeOwned();
        }

        await TakeOwned();
        foreach (ShardSeat seat in _seats)
        {
            await Settle(seat);
            if (_wake.CurrentCount != 0)
                await TakeOwned(); // It may have waited for etcd, and a shard has come meanwhile.
        }
    }

    // What is to be forwarded comes before all else.
    private Task TakeOwned() => Task.WhenAll(_seats.Where(seat => _ledger.Standing(seat.Shard).Token != 0).Select(Settle));

    private void TellNodes()
    {
        IReadOnlyList<ClusterNode> nodes = _ledger.Nodes();
        if (nodes.SequenceEqual(_nodes))
            return;
        _nodes = nodes;
        _host.SetNodes(nodes);
    }

    // The connection that proved it was to the process that holds this lease: all that it owned is free.
    private bool IsDead(ShardOwner owner) =>
        Array.Exists(_seats, seat => seat.Follower is { IsOwnerDead: true } && seat.FollowedNode == owner.Node && seat.FollowedLease == owner.Lease);

    private async Task Claim(NodeAction action)
    {
        long lease = _ledger.Lease;
        long token = await _transactions.Claim(action.Shard, action.Token, lease, _end.Token);
        if (token == 0)
            return;
        _ledger.ApplyClaim(action.Shard, lease, token);
        await Settle(_seats[action.Shard]); // At once: each millisecond is a gap.
    }

    private Task Balance(NodeAction action) => action.Kind switch
    {
        NodeActionKind.Lead => _transactions.Lead(_ledger.Lease, _end.Token),
        NodeActionKind.Plan => _transactions.WritePlan(action.Token, _ledger.PlanChanges(), _end.Token),
        _ => Task.CompletedTask,
    };

    // Stops, tells the rest, and then gives the key away: no two forward, and nothing is forgotten.
    private async Task HandOver(NodeAction action)
    {
        Task recorded = _host.Record(action.Shard, _settings.HandOverTimeout); // What takes long, while the shard is still forwarded.
        bool isAbreast = await _seats[action.Shard].Prepare(_server, action.Node, AbreastTimeout, _end.Token);
        await recorded;
        if (!isAbreast)
            return; // It is asked again with the next decision.
        long lease = _ledger.TryRelease(action);
        if (lease == 0)
            return;
        if (!await _seats[action.Shard].Flush(_server, action.Node, _settings.HandOverTimeout, _end.Token))
        {
            _log($"{action.Node} did not take the last records of shard {action.Shard} in time: the shard stays here");
            _ledger.Reclaim(action.Shard);
            _wake.Release();
            return;
        }

        await _host.Record(action.Shard, LastRecords); // The next owner's claim refuses what comes later.
        await _transactions.GiveAway(action, lease, _end.Token);
    }

    // Brings what is done with a shard to what it is by now.
    private async Task Settle(ShardSeat seat)
    {
        ShardStanding now = _ledger.Standing(seat.Shard);
        seat.Route(now.Node);
        if (now.Token != 0)
        {
            await Take(seat, now.Token);
            return;
        }

        bool isOwn = now.Owner.Node == _settings.Node;
        bool isReleasing = isOwn && now.Owner.Lease == _ledger.Lease; // The key is not given away yet: the log still serves.
        if (seat.IsActive && !isReleasing)
            await seat.Leave();
        bool isWanted = now.Plan.Owner == _settings.Node || now.Plan.Standby == _settings.Node;
        if (!now.Owner.IsSomebody || isOwn || !isWanted || now.Node is null)
            return; // A follower goes on until another owner is there: it may prove the death of this one.
        await seat.Follow(_settings.Node, now.Owner, now.Node, _gate, _security, () => _wake.Release());
        string writer = now.Plan.Owner != now.Owner.Node ? now.Plan.Owner : now.Plan.Standby;
        if (seat.Follower is { IsWhole: true } && writer == _settings.Node && now.Copy != new ShardCopy(_settings.Node, now.Owner.Token))
            await _transactions.TellCopy(seat.Shard, now.Owner.Token, _ledger.Lease, _end.Token);
    }

    private async Task Take(ShardSeat seat, long token)
    {
        if (seat.Token == token && seat.IsActive)
            return;
        _host.Claim(seat.Shard, token); // Before it is active: then any other shard's step may open it too.
        await seat.BecomeOwner(token); // Whatever was received is applied.
        _ledger.OnActive();
        await _host.Activate(seat.Shard);
    }

    private async Task<ReplicationLog?> OpenLog(int shard, long token) => (uint)shard < (uint)_seats.Length ? await _seats[shard].OpenLog(token) : null;
}
