using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows.Shards;

/// <summary>
/// Frames that leave a shard beside those of the burst: later fragments, fragments that waited, answers that were due. At most a burst of them
/// between two calls of <see cref="Take"/>. Owner thread only.
/// </summary>
internal sealed class ExtraFrames : IDisposable
{
    private readonly NativeArray<FrameDescriptor> _frames = new(FrameDescriptor.BurstMax);
    private readonly NativeArray<Verdict> _verdicts = new(FrameDescriptor.BurstMax);

    /// <summary>Frames waiting to be taken.</summary>
    internal int Count { get; private set; }

    /// <summary>Frames that may still be added.</summary>
    internal int Room => FrameDescriptor.BurstMax - Count;

    /// <summary>Adds a frame; the caller saw the room.</summary>
    internal void Add(in FrameDescriptor frame, Verdict verdict)
    {
        _frames[(uint)Count] = frame;
        _verdicts[(uint)Count] = verdict;
        Count++;
    }

    /// <summary>Moves all frames out, in order.</summary>
    internal int Take(Span<FrameDescriptor> frames, Span<Verdict> verdicts)
    {
        int count = Count;
        _frames.Span[..count].CopyTo(frames);
        _verdicts.Span[..count].CopyTo(verdicts);
        Count = 0;
        return count;
    }

    public void Dispose()
    {
        _frames.Dispose();
        _verdicts.Dispose();
    }
}
