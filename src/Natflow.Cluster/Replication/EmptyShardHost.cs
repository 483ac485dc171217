using Natflow.Cluster.Ownership;

namespace Natflow.Cluster.Replication;

/// <summary>A data plane in which nothing is and nothing happens: for rehearsals, and to measure what a cluster costs by itself.</summary>
/// <remarks>Any thread.</remarks>
public sealed class EmptyShardHost : IShardHost
{
    /// <inheritdoc />
    public void SetOwnedUntil(int shard, long untilMs)
    {
    }

    /// <inheritdoc />
    public void SetNodes(IReadOnlyList<ClusterNode> nodes)
    {
    }

    /// <inheritdoc />
    public void SetOwnerNode(int shard, ClusterNode? owner)
    {
    }

    /// <inheritdoc />
    public void Hold(int shard, TimeSpan longest)
    {
    }

    /// <inheritdoc />
    public void Claim(int shard, long token)
    {
    }

    /// <inheritdoc />
    public Task Record(int shard, TimeSpan longest) => Task.CompletedTask;

    /// <inheritdoc />
    public Task Activate(int shard) => Task.CompletedTask;

    /// <inheritdoc />
    public Task Deactivate(int shard) => Task.CompletedTask;

    /// <inheritdoc />
    public IReplicationFeed OpenFeed(int shard, TimeSpan age, Action onMore) => new EmptyFeed(onMore);

    /// <inheritdoc />
    public Task Reset(int shard) => Task.CompletedTask;

    /// <inheritdoc />
    public bool KeepUsers(int shard, ReadOnlyMemory<byte> users) => true;

    /// <inheritdoc />
    public Task<bool> Apply(int shard, ReadOnlyMemory<byte> records) => Task.FromResult(true);

    private sealed class EmptyFeed(Action onMore) : IReplicationFeed
    {
        private readonly Queue<ReplicationKind> _kinds = new();
        private readonly Lock _lock = new();

        public bool TryTake(out ReplicationKind kind, out ReadOnlyMemory<byte> records)
        {
            records = default;
            lock (_lock)
                return _kinds.TryDequeue(out kind);
        }

        public Task Restart() => Add(ReplicationKind.Begin, ReplicationKind.Records, ReplicationKind.Users, ReplicationKind.Whole);

        public Task Prepare() => Task.CompletedTask;

        public Task Flush() => Add(ReplicationKind.Records, ReplicationKind.Flushed);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private Task Add(params ReadOnlySpan<ReplicationKind> kinds)
        {
            lock (_lock)
            {
                foreach (ReplicationKind kind in kinds)
                    _kinds.Enqueue(kind);
            }

            onMore();
            return Task.CompletedTask;
        }
    }
}
