using Natflow.Cluster.Ownership;
using Natflow.Cluster.Replication;

namespace Natflow.Cluster;

/// <summary>A shard as this node has it: as owner with a log for its standbys, or as a standby that follows the owner.</summary>
/// <remarks>One thread of control, the agent's; the log is opened from the server's.</remarks>
internal sealed class ShardSeat(int shard, ClusterAgentSettings settings, IShardHost host, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan PumpInterval = TimeSpan.FromMilliseconds(1);

    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly Lock _pumping = new(); // A feed has one reader at a time.
    private IReplicationFeed? _feed;
    private ReplicationLog? _log;
    private volatile bool _isActive;
    private long _flushedSequence;
    private ClusterNode? _routedTo;

    internal int Shard { get; } = shard;

    /// <summary>Told by any thread, the shard's too, when there is something for <see cref="Pump"/>.</summary>
    internal Action OnMore { get; set; } = static () => { };

    /// <summary>Whether this node is the owner, or was and has not left yet.</summary>
    internal bool IsActive => _isActive;

    internal long Token { get; private set; }

    internal ReplicationFollower? Follower { get; private set; }

    internal string FollowedNode { get; private set; } = string.Empty;

    internal long FollowedLease { get; private set; }

    internal async Task BecomeOwner(long token)
    {
        if (Follower is { } follower)
            await follower.DisposeAsync();
        Follower = null;
        if (_isActive)
            await CloseLog();
        Token = token;
        _isActive = true;
    }

    internal async Task Leave()
    {
        if (Follower is { } follower)
            await follower.DisposeAsync();
        Follower = null;
        if (!_isActive)
            return;
        _isActive = false;
        await CloseLog();
        await host.Deactivate(Shard);
    }

    internal async Task Follow(string self, ShardOwner owner, ClusterNode node, FencingGate gate, ReplicationSecurity security, Action onChange)
    {
        if (Follower is { } present && present.Token == owner.Token)
            return;
        if (Follower is { } old)
            await old.DisposeAsync();
        FollowedNode = owner.Node;
        FollowedLease = owner.Lease;
        Follower = new ReplicationFollower(host, gate, self, Shard, owner.Token, node.Replication, security, clock) { OnChange = onChange };
    }

    /// <summary>Tells the data plane where the shard's frames go while it is another node's.</summary>
    internal void Route(ClusterNode? owner)
    {
        ClusterNode? other = owner is null || owner.Id == settings.Node ? null : owner;
        if (other == _routedTo)
            return;
        _routedTo = other;
        host.SetOwnerNode(Shard, other);
    }

    /// <summary>How far behind the furthest standby is; null where nobody follows.</summary>
    internal TimeSpan? Lag(ReplicationServer server) => _log is { } log && server.LowestAcknowledged(Shard) is { } acknowledged ? log.LagOf(acknowledged) : null;

    /// <summary>The log under a token; opened by the first standby that asks.</summary>
    internal async Task<ReplicationLog?> OpenLog(long token)
    {
        await _opening.WaitAsync();
        try
        {
            if (!_isActive || token != Token)
                return null;
            if (_log is not null)
                return _log;
            IReplicationFeed feed = host.OpenFeed(Shard, settings.FlowAge, OnMore);
            var log = new ReplicationLog(Shard, token, settings.LogBytesMax, clock);
            lock (_pumping)
                (_log, _feed) = (log, feed);
            return log;
        }
        finally
        {
            _opening.Release();
        }
    }

    internal async Task RestartFeed()
    {
        if (_feed is { } feed)
            await feed.Restart();
    }

    /// <summary>Has told what may take long, while the shard is still forwarded, and waits until a node is abreast.</summary>
    /// <returns>Whether it is: its copy is whole, to the last that was told.</returns>
    internal async Task<bool> Prepare(ReplicationServer server, string node, TimeSpan timeout, CancellationToken cancellation)
    {
        if (_feed is not { } feed || _log is not { } log)
            return false;
        await feed.Prepare();
        Pump();
        long last = log.LastSequence;
        return await PumpUntil(() => server.Acknowledged(Shard, node) is var applied && applied >= last && log.IsWhole(applied), timeout, cancellation);
    }

    /// <summary>Has the rest told, and waits until a node has it.</summary>
    /// <returns>Whether it has.</returns>
    internal async Task<bool> Flush(ReplicationServer server, string node, TimeSpan timeout, CancellationToken cancellation)
    {
        if (_feed is not { } feed)
            return false;
        await feed.Flush();
        return await PumpUntil(() => Volatile.Read(ref _flushedSequence) is not 0 and var flushed && server.Acknowledged(Shard, node) >= flushed, timeout, cancellation);
    }

    /// <summary>Brings what the shard has written to the log. Any thread.</summary>
    internal void Pump()
    {
        lock (_pumping)
        {
            if (_feed is not { } feed || _log is not { } log)
                return;
            while (feed.TryTake(out ReplicationKind kind, out ReadOnlyMemory<byte> records))
            {
                bool carries = kind is ReplicationKind.Records or ReplicationKind.Users;
                if (records.Length != 0 && !carries)
                    log.Append(ReplicationKind.Records, records.Span);
                long sequence = log.Append(kind, carries ? records.Span : []);
                if (kind == ReplicationKind.Flushed)
                    Volatile.Write(ref _flushedSequence, sequence);
            }
        }
    }

    /// <summary>Behind <see cref="Leave"/>.</summary>
    public void Dispose() => _opening.Dispose();

    private async Task<bool> PumpUntil(Func<bool> condition, TimeSpan timeout, CancellationToken cancellation)
    {
        long start = clock.GetTimestamp();
        using var timer = new PeriodicTimer(PumpInterval, clock);
        while (!condition())
        {
            if (clock.GetElapsedTime(start) >= timeout || !await timer.WaitForNextTickAsync(cancellation))
                return false;
            Pump();
        }

        return true;
    }

    private async Task CloseLog()
    {
        await _opening.WaitAsync();
        try
        {
            IReplicationFeed? feed;
            lock (_pumping)
            {
                feed = _feed;
                _feed = null;
                _log = null;
                _flushedSequence = 0;
            }

            if (feed is not null)
                await feed.DisposeAsync();
        }
        finally
        {
            _opening.Release();
        }
    }
}
