using System.Diagnostics;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Gateway.Rx;

/// <summary>
/// Frames on their way from one worker to a shard of another. The consumer pays a free chunk of its own pool for each frame, so that no
/// worker's pool runs dry because its frames leave elsewhere.
/// </summary>
/// <remarks>One producer thread, one consumer thread. Full refuses: the producer drops and counts.</remarks>
public sealed class HandoffRing : IDisposable
{
    private readonly SpscRing<FrameDescriptor> _frames;
    private readonly SpscRing<uint> _chunks;
    private int _owedCount;

    /// <summary>An empty ring.</summary>
    /// <param name="capacity">Frames that may wait, a power of two.</param>
    public HandoffRing(int capacity)
    {
        _frames = new SpscRing<FrameDescriptor>(capacity);
        _chunks = new SpscRing<uint>(capacity);
    }

    /// <summary>Producer: appends frames.</summary>
    /// <returns>How many were taken, from the front; the rest still belong to the caller.</returns>
    public int Give(ReadOnlySpan<FrameDescriptor> frames) => _frames.Enqueue(frames);

    /// <summary>Producer: takes back the chunks that were paid. Call before receiving.</summary>
    /// <param name="pool">The producer's pool.</param>
    public void Reclaim(ChunkPool pool)
    {
        Span<uint> paid = stackalloc uint[FrameDescriptor.BurstMax];
        int count = _chunks.Dequeue(paid);
        foreach (uint chunk in paid[..count])
            pool.Return(chunk);
    }

    /// <summary>Consumer: takes waiting frames and pays for them, as far as its pool has chunks; the rest stays owed.</summary>
    /// <param name="frames">Receives the frames.</param>
    /// <param name="pool">The consumer's pool.</param>
    /// <returns>How many were taken.</returns>
    public int Take(Span<FrameDescriptor> frames, ChunkPool pool)
    {
        int count = _frames.Dequeue(frames);
        _owedCount += count;
        if (_owedCount != 0)
            Pay(pool);
        return count;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _frames.Dispose();
        _chunks.Dispose();
    }

    private void Pay(ChunkPool pool)
    {
        Span<uint> payment = stackalloc uint[FrameDescriptor.BurstMax];
        int room = Math.Min(Math.Min(_owedCount, payment.Length), _chunks.Capacity - _chunks.Count);
        int count = 0;
        while (count < room && pool.TryRent(out payment[count]))
            count++;
        int paid = _chunks.Enqueue(payment[..count]);
        Debug.Assert(paid == count, "the only producer saw the room");
        _owedCount -= paid;
    }
}
