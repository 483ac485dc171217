namespace Natflow.Cluster.Ownership;

/// <summary>
/// What a node may do, and when. It owns a shard only while a key in etcd says so under its present lease, and only until the moment at which that lease
/// can first have run out: counted from the sending of the last keep-alive that was answered, by its own monotonic clock. etcd never ends a lease early, so
/// nobody else owns the shard before.
/// </summary>
/// <remarks>One thread, but <see cref="IsOwner"/> and <see cref="DeadlineMs"/>: any.</remarks>
public sealed class NodeCore
{
    private readonly string _id;
    private readonly long[] _tokens;
    private readonly long[] _released;
    private readonly long[] _reclaimAtMs;
    private long _lease;
    private long _deadlineMs = long.MinValue;
    private long _plannedVersion = -1;
    private bool _isPlanDue;

    /// <summary>A node without lease.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="shardCount">Shards of the cluster.</param>
    public NodeCore(string id, int shardCount)
    {
        _id = id;
        _tokens = new long[shardCount];
        _released = new long[shardCount];
        _reclaimAtMs = new long[shardCount];
    }

    /// <summary>Until when it owns what it owns; ms of its monotonic clock.</summary>
    public long DeadlineMs => Volatile.Read(ref _deadlineMs);

    /// <summary>Whether it owns a shard at a moment: then, and only then, it forwards.</summary>
    public bool IsOwner(int shard, long nowMs) => Volatile.Read(ref _tokens[shard]) != 0 && nowMs < DeadlineMs;

    /// <summary>The token of a shard that it owns; 0 where it does not.</summary>
    public long Token(int shard) => Volatile.Read(ref _tokens[shard]);

    /// <summary>A lease was granted or kept alive.</summary>
    /// <param name="lease">Its number.</param>
    /// <param name="sentMs">When the request was sent.</param>
    /// <param name="ttlMs">What was granted, as the answer says.</param>
    /// <param name="marginMs">Time before its end at which the node stops: more than its clock can err in a lease's life.</param>
    public void OnLease(long lease, long sentMs, long ttlMs, long marginMs)
    {
        if (lease != _lease)
        {
            OnLeaseLost();
            Volatile.Write(ref _deadlineMs, long.MinValue);
            _lease = lease;
        }

        Volatile.Write(ref _deadlineMs, Math.Max(_deadlineMs, sentMs + ttlMs - marginMs));
    }

    /// <summary>The lease is gone: nothing is its own any more.</summary>
    public void OnLeaseLost()
    {
        Volatile.Write(ref _deadlineMs, long.MinValue);
        _lease = 0;
        for (int shard = 0; shard < _tokens.Length; shard++)
            Volatile.Write(ref _tokens[shard], 0);
    }

    /// <summary>Takes from a view what it owns. A view that is late shows what it has given away since: that is not taken back.</summary>
    public void OnView(ClusterView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        for (int shard = 0; shard < _tokens.Length; shard++)
        {
            ShardOwner owner = view.Owners[shard];
            bool isMine = _lease != 0 && owner.Node == _id && owner.Lease == _lease && owner.Token > _released[shard];
            if (isMine)
                Volatile.Write(ref _tokens[shard], Math.Max(_tokens[shard], owner.Token));
            else if (owner.Token > _tokens[shard] || (!owner.IsSomebody && view.Revision > _tokens[shard]))
                Volatile.Write(ref _tokens[shard], 0);
        }
    }

    /// <summary>
    /// Stops owning a shard, before the key says so: what comes of the token is not taken again. If the key still names this node later, it is written anew,
    /// under another token: then a transaction of before that was merely late cannot hold any more.
    /// </summary>
    /// <param name="shard">The shard.</param>
    /// <param name="reclaimAtMs">When to do that; ms of the monotonic clock.</param>
    public void Release(int shard, long reclaimAtMs)
    {
        _reclaimAtMs[shard] = reclaimAtMs;
        _released[shard] = Math.Max(_released[shard], _tokens[shard]);
        Volatile.Write(ref _tokens[shard], 0);
    }

    /// <summary>A released shard is not given away after all: its key is written anew with the next decision.</summary>
    /// <param name="shard">The shard.</param>
    public void Reclaim(int shard) => _reclaimAtMs[shard] = long.MinValue;

    /// <summary>What to do now.</summary>
    /// <param name="view">What is known of the cluster.</param>
    /// <param name="nowMs">Monotonic clock, ms.</param>
    /// <param name="isDead">Whether the process that holds an owner's lease is proved dead.</param>
    public IReadOnlyList<NodeAction> Decide(ClusterView view, long nowMs, Func<ShardOwner, bool> isDead)
    {
        ArgumentNullException.ThrowIfNull(view);
        var actions = new List<NodeAction>();
        if (nowMs >= DeadlineMs || !view.Nodes.TryGetValue(_id, out ClusterNode? self) || self.Lease != _lease)
            return actions;
        if (view.Leader.Length == 0 && self.State == NodeState.Up)
            actions.Add(new NodeAction(NodeActionKind.Lead, -1, 0, string.Empty));
        if (view.Leader == _id && IsPlanDue(view))
            actions.Add(new NodeAction(NodeActionKind.Plan, -1, view.LeaderToken, string.Empty));
        for (int shard = 0; shard < _tokens.Length; shard++)
            Decide(view, shard, nowMs, isDead, actions);
        return actions;
    }

    // A plan is of a view: while that stays, so does the answer.
    private bool IsPlanDue(ClusterView view)
    {
        if (view.Version != _plannedVersion)
        {
            _plannedVersion = view.Version;
            _isPlanDue = !ShardPlanner.Plan(view.Nodes.Values, view.Draining, view.Owners, view.Plans).SequenceEqual(view.Plans);
        }

        return _isPlanDue;
    }

    private void Decide(ClusterView view, int shard, long nowMs, Func<ShardOwner, bool> isDead, List<NodeAction> actions)
    {
        ShardOwner owner = view.Owners[shard];
        ShardPlan plan = view.Plans[shard];
        if (_tokens[shard] != 0)
        {
            bool isWanted = plan.Owner.Length == 0 || plan.Owner == _id || !view.Nodes.ContainsKey(plan.Owner);
            if (!isWanted && view.Copies[shard] == new ShardCopy(plan.Owner, _tokens[shard]))
                actions.Add(new NodeAction(NodeActionKind.HandOver, shard, _tokens[shard], plan.Owner));
            return;
        }

        bool isReleased = owner.Node == _id && owner.Lease == _lease && owner.Token <= _released[shard];
        if (isReleased && nowMs >= _reclaimAtMs[shard])
            actions.Add(new NodeAction(NodeActionKind.Claim, shard, owner.Token, _id));
        if (owner.IsSomebody && !isDead(owner))
            return;
        if (Candidate(view, shard, owner) == _id)
            actions.Add(new NodeAction(NodeActionKind.Claim, shard, owner.Token, owner.Node ?? string.Empty));
    }

    // Who has the flows comes first; then the one that the plan names, then its standby.
    private static string Candidate(ClusterView view, int shard, in ShardOwner dead)
    {
        string gone = dead.Node ?? string.Empty;
        foreach (string id in new[] { view.Copies[shard].Node, view.Plans[shard].Owner, view.Plans[shard].Standby })
        {
            if (id.Length != 0 && id != gone && view.Nodes.TryGetValue(id, out ClusterNode? node) && (node.State is NodeState.Up or NodeState.Draining))
                return id;
        }

        return string.Empty;
    }
}
