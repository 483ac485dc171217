using System.Collections.Concurrent;
using Natflow.Cluster.Replication;
using Natflow.Gateway;
using Natflow.Gateway.Replication;

namespace Natflow.Host.Cluster;

/// <summary>What changes in a shard of the data plane, and of its users, for its standbys.</summary>
internal sealed class PlaneFeed : IReplicationFeed
{
    private const int UsersMax = 4096; // Payloads that wait; more are told with the next whole copy.

    private readonly DataPlane _plane;
    private readonly UserRelay _relay;
    private readonly int _shard;
    private readonly TimeSpan _age;
    private readonly Action _onMore;
    private readonly ReplicationLink _link;
    private readonly ConcurrentQueue<byte[]> _users = new();
    private int _wantsAll;

    internal PlaneFeed(DataPlane plane, UserRelay relay, int shard, TimeSpan age, Action onMore)
    {
        _plane = plane;
        _relay = relay;
        _shard = shard;
        _age = age;
        _onMore = onMore;
        _link = new ReplicationLink(onMore);
        relay.Attach(shard, this);
    }

    /// <summary>Users that are to be told.</summary>
    internal void Add(IEnumerable<byte[]> payloads)
    {
        foreach (byte[] payload in payloads)
        {
            if (_users.Count < UsersMax)
                _users.Enqueue(payload);
            else
                Volatile.Write(ref _wantsAll, 1);
        }

        if (!_users.IsEmpty)
            _onMore();
    }

    /// <summary>Whether all users are wanted; asked once.</summary>
    internal bool TakeWantsAll() => Interlocked.Exchange(ref _wantsAll, 0) != 0;

    /// <inheritdoc />
    public bool TryTake(out ReplicationKind kind, out ReadOnlyMemory<byte> records)
    {
        if (_users.TryDequeue(out byte[]? users))
        {
            (kind, records) = (ReplicationKind.Users, users);
            return true;
        }

        kind = ReplicationKind.Records;
        records = default;
        if (!_link.TryTake(out ReplicationChunk chunk))
            return false;
        records = _link.Records(in chunk).ToArray();
        _link.Return(in chunk);
        kind = chunk.Mark switch
        {
            ReplicationMark.Begin => ReplicationKind.Begin,
            ReplicationMark.Whole => ReplicationKind.Whole,
            ReplicationMark.Flushed => ReplicationKind.Flushed,
            _ => ReplicationKind.Records,
        };
        if (kind == ReplicationKind.Begin)
            Volatile.Write(ref _wantsAll, 1); // Whoever gets it forgets those that it had.
        return true;
    }

    /// <inheritdoc />
    public Task Restart() => _plane.Ask<TapRequest>(_shard, new TapRequest(_link, (long)_age.TotalMilliseconds));

    /// <inheritdoc />
    public Task Prepare() => _relay.TellAll(_shard, this);

    /// <inheritdoc />
    public Task Flush() => _plane.Ask<TapFlushRequest>(_shard, TapFlushRequest.Instance);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _relay.Detach(_shard, this);
        await _plane.Ask<TapRequest>(_shard, new TapRequest(Link: null, AgeMs: 0));
        _link.Dispose();
    }
}
