using System.Globalization;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Build;

namespace Natflow.Benchmarks;

/// <summary>How long a full table takes to a file and back, and what that costs beside the tables.</summary>
internal static class SnapshotBench
{
    private const int ChunkBytes = 2048;
    private const int FlowsPerUser = 61; // Each from a port of its own: a mapping for a flow, the most there can be.
    private const uint FirstUser = 0x0A000001;
    private const long SavedAt = 1_700_000_000_000;
    private static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(1);

    /// <summary>Measures and writes a line for each round.</summary>
    /// <returns>0; 1 where a flow was lost.</returns>
    internal static int Run(int flowCount, int rounds, TextWriter output)
    {
        string path = Path.GetTempFileName();
        try
        {
            NatSettings settings = Settings(flowCount);
            using var pool = new PublicPool(settings);
            using FlowShard shard = Fill(settings, pool, flowCount);
            for (int round = 0; round < rounds; round++)
            {
                Measured written = Measure(() => Write(path, shard.State));
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"write {shard.State.Flows.Count} flows: {written.Milliseconds:F0} ms, {new FileInfo(path).Length >> 20} MiB, {written.AllocatedBytes >> 10} KiB of heap"));
                using var nextPool = new PublicPool(settings);
                using var next = new ShardState(settings, nextPool, nowMs: 1_000);
                long taken = 0;
                Measured read = Measure(() => taken = Read(path, next));
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"read  {taken} flows: {read.Milliseconds:F0} ms, {read.AllocatedBytes >> 10} KiB of heap"));
                if (taken != shard.State.Flows.Count || taken != flowCount)
                    return 1;
            }

            return 0;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static NatSettings Settings(int flowCount) => new()
    {
        PublicAddresses = [.. Enumerable.Range(1, Math.Max(1, flowCount / FlowsPerUser / 200)).Select(static i => 0xCB007100 + (uint)i)],
        FlowCapacity = flowCount + (flowCount / 16),
        UserCapacity = (flowCount / FlowsPerUser) + 2,
        Seed = 7,
    };

    private static FlowShard Fill(NatSettings settings, PublicPool pool, int flowCount)
    {
        using var umem = new Umem(FrameDescriptor.BurstMax, ChunkBytes);
        var shard = new FlowShard(new ShardState(settings, pool, nowMs: 0), umem);
        var frames = new FrameDescriptor[FrameDescriptor.BurstMax];
        var verdicts = new Verdict[FrameDescriptor.BurstMax];
        for (int done = 0; done < flowCount; done += frames.Length)
        {
            int count = Math.Min(frames.Length, flowCount - done);
            for (int i = 0; i < count; i++)
                frames[i] = Load(umem, i, done + i);
            FrameParser.ParseBatch(umem, frames.AsSpan(0, count), zone: 0, Side.Lan, shard.State.Hash);
            shard.Process(frames.AsSpan(0, count), verdicts.AsSpan(0, count), nowMs: 1);
        }

        return shard;
    }

    private static FrameDescriptor Load(Umem umem, int slot, int number)
    {
        byte[] frame = PacketBuilder.Ethernet()
            .Ipv4(FirstUser + (uint)(number / FlowsPerUser), 0xC6336401).Udp((ushort)(2000 + (number % FlowsPerUser)), 53).Payload(new byte[22]).ToArray();
        uint offset = (uint)((slot * ChunkBytes) + Umem.HeadroomBytes);
        frame.CopyTo(umem.Frame(offset, frame.Length));
        return new FrameDescriptor { FrameOffset = offset, LengthBytes = (ushort)frame.Length };
    }

    private static void Write(string path, ShardState shard)
    {
        using var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 });
        SnapshotWriter.Write(stream, [shard], nowMs: 2, SavedAt, CancellationToken.None);
        stream.Flush(flushToDisk: true);
    }

    private static long Read(string path, ShardState shard)
    {
        using var stream = new FileStream(path, new FileStreamOptions { Access = FileAccess.Read });
        return SnapshotReader.TryOpen(stream, SavedAt, AgeMax, out SnapshotReader? reader) == SnapshotError.None
            ? reader!.Restore([shard], nowMs: 1_000, SavedAt).FlowCount
            : 0;
    }

    private static Measured Measure(Action action)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = TimeProvider.System.GetTimestamp();
        action();
        return new Measured(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds, GC.GetAllocatedBytesForCurrentThread() - allocated);
    }

    private readonly record struct Measured(double Milliseconds, long AllocatedBytes);
}
