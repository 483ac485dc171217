namespace Natflow.Cluster.Replication;

/// <summary>What a node does with its shards: the data plane, or a fake.</summary>
public interface IShardHost
{
    /// <summary>Sets until when a shard is forwarded; in force with its next burst.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="untilMs">ms of the node's monotonic clock; 0 for not at all.</param>
    void SetOwnedUntil(int shard, long untilMs);

    /// <summary>The shard is this node's now and forwards: its addresses are taken and announced.</summary>
    Task Activate(int shard);

    /// <summary>The shard is not this node's any more, and forwards no longer: its addresses are given up.</summary>
    Task Deactivate(int shard);

    /// <summary>Taps what changes in a shard, beginning with all of it.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="age">Flows younger than this are not told.</param>
    Task<IReplicationFeed> OpenFeed(int shard, TimeSpan age);

    /// <summary>Empties a shard: a whole copy follows.</summary>
    Task Reset(int shard);

    /// <summary>Applies records to a copy.</summary>
    /// <returns>False where they are no records, or the shard is owned here.</returns>
    Task<bool> Apply(int shard, ReadOnlyMemory<byte> records);
}

/// <summary>What changes in a shard. One reader.</summary>
public interface IReplicationFeed : IAsyncDisposable
{
    /// <summary>Takes what is next, if anything is; the records are the caller's.</summary>
    bool TryTake(out ReplicationKind kind, out ReadOnlyMemory<byte> records);

    /// <summary>Begins anew with everything.</summary>
    Task Restart();

    /// <summary>Tells the rest, young flows too, then <see cref="ReplicationKind.Flushed"/>. The shard must not be forwarded any more: when this ends, no frame is.</summary>
    Task Flush();
}
