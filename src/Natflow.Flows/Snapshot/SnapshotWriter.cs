using System.Runtime.InteropServices;
using Natflow.Flows.Shards;

namespace Natflow.Flows.Snapshot;

/// <summary>Writes what a gateway knows of its flows, for the process that follows it.</summary>
public static class SnapshotWriter
{
    /// <summary>Writes a snapshot.</summary>
    /// <param name="stream">Gets it.</param>
    /// <param name="shards">All shards of the gateway; nobody uses them meanwhile.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <param name="savedAtUnixMs">The time of day: ms since 1970-01-01 UTC.</param>
    /// <param name="cancellation">Ends it early; what was written is then refused by a reader.</param>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    /// <exception cref="IOException">The stream does not take it.</exception>
    public static void Write(Stream stream, IReadOnlyList<ShardState> shards, long nowMs, long savedAtUnixMs, CancellationToken cancellation)
    {
        NatSettings settings = shards[0].Settings;
        var header = new SnapshotHeader
        {
            Magic = SnapshotHeader.MagicNow,
            Version = SnapshotHeader.VersionNow,
            ShardCount = (uint)shards.Count,
            SavedAtUnixMs = savedAtUnixMs,
            Seed = settings.Seed,
            PortBlockSize = (uint)settings.PortBlockSize,
        };
        header.Checksum = SnapshotReader.ChecksumOf(in header);
        stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<SnapshotHeader>(in header)));
        var output = new SnapshotOutput(stream, cancellation);
        foreach (ShardState shard in shards)
            new ShardSnapshot(shard, output, nowMs).Write();
        output.End();
    }
}
