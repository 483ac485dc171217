using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;

namespace Natflow.Flows.Tests.Snapshot;

/// <summary>From the shards of one process to those of the next.</summary>
internal static class SnapshotRoundTrip
{
    internal const long SavedAt = 1_700_000_000_000;

    internal static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(60);

    internal static byte[] Save(long nowMs, params ShardState[] shards)
    {
        using var stream = new MemoryStream();
        SnapshotWriter.Write(stream, shards, nowMs, SavedAt, CancellationToken.None);
        return stream.ToArray();
    }

    internal static SnapshotReport Restore(byte[] bytes, long nowMs, long awayMs, params ShardState[] shards)
    {
        using var stream = new MemoryStream(bytes);
        Assert.Equal(SnapshotError.None, SnapshotReader.TryOpen(stream, SavedAt + awayMs, AgeMax, out SnapshotReader? reader));
        return reader!.Restore(shards, nowMs, SavedAt + awayMs);
    }
}
