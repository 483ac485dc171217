using System.Collections.Concurrent;
using Natflow.Cluster.Ownership;
using Natflow.Cluster.Replication;

namespace Natflow.Cluster.Tests;

/// <summary>A data plane that is a list of records for each shard.</summary>
internal sealed class FakeShardHost(int shards, TimeProvider clock) : IShardHost
{
    private readonly long[] _until = new long[shards];
    private readonly List<byte>[] _state = [.. Enumerable.Range(0, shards).Select(static _ => new List<byte>())];
    private readonly ConcurrentDictionary<int, FakeFeed> _feeds = new();

    internal bool IsForwarding(int shard) => (long)((Int128)clock.GetTimestamp() * 1000 / clock.TimestampFrequency) < Volatile.Read(ref _until[shard]);

    /// <summary>What was claimed, in order, and whether the shard forwarded already.</summary>
    internal List<(int Shard, long Token, bool WasForwarding)> Claims { get; } = [];

    /// <summary>No record is applied before it ends.</summary>
    internal Task Applying { get; set; } = Task.CompletedTask;

    /// <summary>Times that a shard made ready to go.</summary>
    internal int PreparedCount;

    /// <summary>Shards that were put on record before they went.</summary>
    internal int RecordedCount;

    internal byte[] State(int shard)
    {
        lock (_state[shard])
            return [.. _state[shard]];
    }

    /// <summary>The shard decides something.</summary>
    internal void Add(int shard, byte record)
    {
        lock (_state[shard])
        {
            _state[shard].Add(record);
            if (_feeds.TryGetValue(shard, out FakeFeed? feed))
                feed.Add(ReplicationKind.Records, [record]);
        }
    }

    /// <summary>Told when a shard that has stopped is to tell the rest.</summary>
    internal Action<int> OnFlush { get; set; } = static _ => { };

    /// <summary>Whether a shard's feed has told all that it had to tell.</summary>
    internal bool IsTold(int shard) => _feeds.TryGetValue(shard, out FakeFeed? feed) && feed.Queue.IsEmpty;

    public void SetOwnedUntil(int shard, long untilMs) => Volatile.Write(ref _until[shard], untilMs);

    public void SetNodes(IReadOnlyList<ClusterNode> nodes)
    {
    }

    public void SetOwnerNode(int shard, ClusterNode? owner)
    {
    }

    public void Hold(int shard, TimeSpan longest)
    {
    }

    public void Claim(int shard, long token)
    {
        lock (Claims)
            Claims.Add((shard, token, IsForwarding(shard)));
    }

    public Task Record(int shard, TimeSpan longest)
    {
        if (!IsForwarding(shard)) // What is decided later would not be on record.
            Interlocked.Increment(ref RecordedCount);
        return Task.CompletedTask;
    }

    public Task Activate(int shard) => Task.CompletedTask;

    public Task Deactivate(int shard) => Task.CompletedTask;

    public IReplicationFeed OpenFeed(int shard, TimeSpan age, Action onMore) => _feeds[shard] = new FakeFeed(this, shard, onMore);

    public Task Reset(int shard)
    {
        lock (_state[shard])
            _state[shard].Clear();
        return Task.CompletedTask;
    }

    public bool KeepUsers(int shard, ReadOnlyMemory<byte> users) => true;

    public async Task<bool> Apply(int shard, ReadOnlyMemory<byte> records)
    {
        await Applying;
        lock (_state[shard])
            _state[shard].AddRange(records.Span);
        return true;
    }

    private sealed class FakeFeed(FakeShardHost host, int shard, Action onMore) : IReplicationFeed
    {
        internal ConcurrentQueue<(ReplicationKind Kind, byte[] Records)> Queue { get; } = new();

        internal void Add(ReplicationKind kind, byte[] records)
        {
            Queue.Enqueue((kind, records));
            onMore();
        }

        public bool TryTake(out ReplicationKind kind, out ReadOnlyMemory<byte> records)
        {
            bool isThere = Queue.TryDequeue(out (ReplicationKind Kind, byte[] Records) next);
            (kind, records) = (next.Kind, next.Records);
            return isThere;
        }

        public Task Restart()
        {
            lock (host._state[shard])
            {
                Queue.Clear();
                Add(ReplicationKind.Begin, []);
                Add(ReplicationKind.Records, [.. host._state[shard]]);
                Add(ReplicationKind.Whole, []);
            }

            return Task.CompletedTask;
        }

        public Task Prepare()
        {
            Interlocked.Increment(ref host.PreparedCount);
            return Task.CompletedTask;
        }

        public Task Flush()
        {
            host.OnFlush(shard);
            Add(ReplicationKind.Flushed, []);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            host._feeds.TryRemove(shard, out _);
            return ValueTask.CompletedTask;
        }
    }
}
