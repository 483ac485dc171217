using Natflow.Cluster.Replication;
using Natflow.Gateway;
using Natflow.Gateway.Replication;

namespace Natflow.Host.Cluster;

/// <summary>What changes in a shard of the data plane, for its standbys.</summary>
internal sealed class PlaneFeed(DataPlane plane, int shard, TimeSpan age) : IReplicationFeed
{
    private readonly ReplicationLink _link = new();

    /// <inheritdoc />
    public bool TryTake(out ReplicationKind kind, out ReadOnlyMemory<byte> records)
    {
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
        return true;
    }

    /// <inheritdoc />
    public Task Restart() => plane.Ask<TapRequest>(shard, new TapRequest(_link, (long)age.TotalMilliseconds));

    /// <inheritdoc />
    public Task Flush() => plane.Ask<TapFlushRequest>(shard, TapFlushRequest.Instance);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await plane.Ask<TapRequest>(shard, new TapRequest(Link: null, AgeMs: 0));
        _link.Dispose();
    }
}
