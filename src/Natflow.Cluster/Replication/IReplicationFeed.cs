namespace Natflow.Cluster.Replication;

/// <summary>What changes in a shard. One reader.</summary>
public interface IReplicationFeed : IAsyncDisposable
{
    /// <summary>Takes what is next, if anything is; the records are the caller's.</summary>
    bool TryTake(out ReplicationKind kind, out ReadOnlyMemory<byte> records);

    /// <summary>Begins, or begins anew, with everything.</summary>
    Task Restart();

    /// <summary>Tells what may take long, while the shard is still forwarded: what <see cref="Flush"/> has to tell is little then.</summary>
    Task Prepare();

    /// <summary>Tells the rest, young flows too, then <see cref="ReplicationKind.Flushed"/>. The shard must not be forwarded any more: when this ends, no frame is.</summary>
    Task Flush();
}
