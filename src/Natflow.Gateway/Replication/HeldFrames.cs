using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Gateway.Replication;

/// <summary>Frames of a shard that is on its way between nodes, in order of arrival. Full is a refusal.</summary>
/// <remarks>The shard's thread. Nothing is allocated after the start.</remarks>
internal sealed class HeldFrames : IDisposable
{
    private readonly NativeArray<FrameDescriptor> _frames;
    private readonly NativeArray<long> _untilMs;
    private uint _head;
    private uint _count;

    /// <summary>Makes room.</summary>
    /// <param name="capacity">Frames at most.</param>
    internal HeldFrames(int capacity)
    {
        _frames = new NativeArray<FrameDescriptor>(capacity);
        _untilMs = new NativeArray<long>(capacity);
    }

    /// <summary>Frames that wait.</summary>
    internal int Count => (int)_count;

    /// <summary>Keeps a frame with its chunk.</summary>
    /// <returns>False when there is no room.</returns>
    internal bool TryAdd(in FrameDescriptor frame, long untilMs)
    {
        if (_count == (uint)_frames.Length)
            return false;
        uint tail = (_head + _count) % (uint)_frames.Length;
        _frames[tail] = frame;
        _untilMs[tail] = untilMs;
        _count++;
        return true;
    }

    /// <summary>Takes what waits longest.</summary>
    /// <param name="frames">Gets them.</param>
    internal int Take(Span<FrameDescriptor> frames)
    {
        int taken = 0;
        for (; taken < frames.Length && _count != 0; taken++)
            frames[taken] = Next();
        return taken;
    }

    /// <summary>Takes one that has waited in vain.</summary>
    internal bool TryTakeExpired(long nowMs, out FrameDescriptor frame)
    {
        frame = default;
        if (_count == 0 || nowMs < _untilMs[_head])
            return false;
        frame = Next();
        return true;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _frames.Dispose();
        _untilMs.Dispose();
    }

    private FrameDescriptor Next()
    {
        FrameDescriptor next = _frames[_head];
        _head = (_head + 1) % (uint)_frames.Length;
        _count--;
        return next;
    }
}
