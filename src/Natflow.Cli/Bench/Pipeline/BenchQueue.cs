using Natflow.Core;
using Natflow.Memory;
using Natflow.Ports;

namespace Natflow.Cli.Bench.Pipeline;

/// <summary>
/// A queue whose wire is an array of frames: it copies the first 64 bytes of each into a chunk, as a NIC would, and keeps the time that this takes apart
/// from that of the pipeline.
/// </summary>
/// <remarks>One worker's thread; <see cref="Begin"/> and the result are for the bench's thread, before and after.</remarks>
internal sealed class BenchQueue : IPortQueue
{
    private readonly Umem _umem;
    private readonly ChunkPool _pool;
    private BenchFrames? _frames;
    private int[] _order = [];
    private Padded<Progress> _progress;
    private volatile TaskCompletionSource<BenchResult>? _done;

    internal BenchQueue(Umem umem, ChunkPool pool)
    {
        _umem = umem;
        _pool = pool;
    }

    /// <inheritdoc />
    public bool IsExhausted => false;

    /// <summary>Told of each transmitted frame; null only frees them.</summary>
    internal Action<ReadOnlySpan<byte>>? OnTransmit { get; set; }

    /// <summary>Frames transmitted.</summary>
    internal long TransmittedCount => Volatile.Read(ref _progress.Value.TransmittedCount);

    /// <summary>Starts to receive.</summary>
    /// <param name="frames">What comes in.</param>
    /// <param name="order">Indices of frames, taken round and round.</param>
    /// <param name="count">How many frames.</param>
    /// <returns>Ends when the last one has gone through the pipeline.</returns>
    internal Task<BenchResult> Begin(BenchFrames frames, int[] order, long count)
    {
        _frames = frames;
        _order = order;
        _progress.Value.Next = 0;
        _progress.Value.End = count;
        _progress.Value.WireTicks = 0;
        _progress.Value.StartTimestamp = 0;
        var done = new TaskCompletionSource<BenchResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _done = done;
        return done.Task;
    }

    /// <inheritdoc />
    public int Receive(Span<FrameDescriptor> frames)
    {
        if (_done is not { } done)
            return 0;

        long now = TimeProvider.System.GetTimestamp();
        if (_progress.Value.StartTimestamp == 0)
        {
            _progress.Value.StartTimestamp = now;
            _progress.Value.StartAllocatedBytes = GC.GetAllocatedBytesForCurrentThread();
        }

        if (_progress.Value.Next == _progress.Value.End)
        {
            _done = null;
            long allocatedBytes = GC.GetAllocatedBytesForCurrentThread() - _progress.Value.StartAllocatedBytes;
            done.SetResult(new BenchResult(_progress.Value.End, now - _progress.Value.StartTimestamp, _progress.Value.WireTicks, allocatedBytes));
            return 0;
        }

        int count = Fill(frames);
        _progress.Value.WireTicks += TimeProvider.System.GetTimestamp() - now;
        return count;
    }

    /// <inheritdoc />
    public int Transmit(ReadOnlySpan<FrameDescriptor> frames)
    {
        foreach (ref readonly FrameDescriptor frame in frames)
        {
            OnTransmit?.Invoke(_umem.Frame(frame.FrameOffset, BenchFrames.ImageBytes));
            _pool.Return(_umem.ChunkOf(frame.FrameOffset));
        }

        _progress.Value.TransmittedCount += frames.Length;
        return frames.Length;
    }

    private int Fill(Span<FrameDescriptor> frames)
    {
        BenchFrames source = _frames!;
        int count = (int)Math.Min(frames.Length, _progress.Value.End - _progress.Value.Next);
        int position = (int)(_progress.Value.Next % _order.Length);
        for (int i = 0; i < count; i++)
        {
            if (!_pool.TryRent(out uint chunkOffset))
            {
                count = i;
                break;
            }

            int index = _order[position];
            position = position + 1 == _order.Length ? 0 : position + 1;
            uint frameOffset = chunkOffset + Umem.HeadroomBytes;
            source.Image(index).CopyTo(_umem.Frame(frameOffset, BenchFrames.ImageBytes));
            frames[i] = new FrameDescriptor { FrameOffset = frameOffset, LengthBytes = source.LengthBytes(index) };
        }

        _progress.Value.Next += count;
        return count;
    }

    // Two workers' queues are made one after the other: what one writes for each burst must not lie beside what the other reads.
    private struct Progress
    {
        internal long Next;
        internal long End;
        internal long StartTimestamp;
        internal long StartAllocatedBytes;
        internal long WireTicks;
        internal long TransmittedCount;
    }
}
