using Natflow.Core;
using Natflow.Flows.Paths;

namespace Natflow.Gateway.Flow;

/// <summary>
/// Frames that wait for their next hop's link address: a few a way, bounded in all, for a second (RFC 1122 section 2.3.2.2). One thread.
/// </summary>
internal sealed class PendingFrames
{
    private const int Capacity = 256;
    private const int PerPathMax = 4;
    private const long WaitMs = 1000;

    private readonly FrameDescriptor[] _frames = new FrameDescriptor[Capacity];
    private readonly long[] _deadlinesMs = new long[Capacity];
    private readonly ushort[] _generations = new ushort[Capacity];

    /// <summary>Frames that wait.</summary>
    internal int Count { get; private set; }

    /// <summary>Keeps a frame.</summary>
    /// <param name="frame">Decided, with its path.</param>
    /// <param name="generation">Generation of the path.</param>
    /// <param name="nowMs">Clock, ms.</param>
    /// <returns>False when enough wait already.</returns>
    internal bool TryAdd(in FrameDescriptor frame, ushort generation, long nowMs)
    {
        if (Count == Capacity)
            return false;
        int samePath = 0;
        for (int i = 0; i < Count; i++)
            samePath += _frames[i].PathIndex == frame.PathIndex ? 1 : 0;
        if (samePath == PerPathMax)
            return false;

        _frames[Count] = frame;
        _deadlinesMs[Count] = nowMs + WaitMs;
        _generations[Count] = generation;
        Count++;
        return true;
    }

    /// <summary>Takes out the frames that need not wait any longer, in order: their way is known, or gone, or their time is over.</summary>
    /// <param name="frames">Receives them; room for a burst. A frame whose way's number means another next hop now gets <see cref="PathTable.None"/>.</param>
    /// <param name="paths">The shard's ways.</param>
    /// <param name="nowMs">Clock, ms.</param>
    /// <returns>How many.</returns>
    internal int Take(Span<FrameDescriptor> frames, PathTable paths, long nowMs)
    {
        int taken = 0;
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            ref PathRecord path = ref paths[_frames[i].PathIndex];
            bool isSame = path.Generation == _generations[i];
            if (isSame && path.State == PathState.Pending && nowMs < _deadlinesMs[i])
            {
                _frames[kept] = _frames[i];
                _deadlinesMs[kept] = _deadlinesMs[i];
                _generations[kept] = _generations[i];
                kept++;
            }
            else
            {
                frames[taken] = _frames[i];
                if (!isSame)
                    frames[taken].PathIndex = PathTable.None;
                taken++;
            }
        }

        Count = kept;
        return taken;
    }
}
