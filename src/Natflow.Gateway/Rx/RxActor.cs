using Natflow.Core;
using Natflow.Gateway.Workers;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Ports;

namespace Natflow.Gateway.Rx;

/// <summary>First stage of a queue: pulls a burst, parses it, brings each frame to the shard that owns it. Never blocks.</summary>
public sealed class RxActor : DataActor
{
    private readonly RxSettings _settings;
    private readonly IPortQueue _queue;
    private readonly ShardDispatch _dispatch;
    private readonly Umem _umem;
    private readonly FrameDescriptor[] _burst = new FrameDescriptor[FrameDescriptor.BurstMax];

    /// <summary>Makes the actor of one queue.</summary>
    /// <param name="slot">Its place on the worker.</param>
    /// <param name="settings">What its packets are.</param>
    /// <param name="queue">The queue, of the same worker.</param>
    /// <param name="dispatch">The ways to the shards; outlives the actor.</param>
    /// <param name="umem">Where the frames lie.</param>
    public RxActor(DataActorSlot slot, RxSettings settings, IPortQueue queue, ShardDispatch dispatch, Umem umem)
        : base(slot)
    {
        _settings = settings;
        _queue = queue;
        _dispatch = dispatch;
        _umem = umem;
    }

    /// <inheritdoc />
    protected internal override bool Poll(long nowMs)
    {
        _dispatch.Reclaim(nowMs);
        int count = _queue.Receive(_burst);
        if (count == 0)
            return false;

        Span<FrameDescriptor> frames = _burst.AsSpan(0, count);
        FrameParser.ParseBatch(_umem, frames, _settings.Zone, _settings.Side, _settings.Hash);
        _dispatch.Dispatch(frames, nowMs);
        return true;
    }
}
