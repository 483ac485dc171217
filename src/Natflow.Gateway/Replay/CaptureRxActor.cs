using Natflow.Core;
using Natflow.Gateway.Workers;
using Natflow.Packets;
using Natflow.Ports.Pcap;

namespace Natflow.Gateway.Replay;

/// <summary>RX actor of a capture: pulls and parses bursts on captured time, and says when no more will come.</summary>
/// <param name="context">Its place in the data plane.</param>
/// <param name="port">The captures.</param>
/// <param name="clock">Advanced by the port.</param>
/// <param name="inspection">Sees all frames as they were recorded; null where nobody asked.</param>
/// <param name="exhausted">Completed when all frames have left the gateway; failed when the actor fails, for a replay with a gap proves nothing.</param>
internal abstract class CaptureRxActor(
    RxContext context, PcapPort port, CaptureClock clock, CaptureInspection? inspection, TaskCompletionSource exhausted)
    : DataActor(context.Slot)
{
    private readonly FrameDescriptor[] _burst = new FrameDescriptor[FrameDescriptor.BurstMax];

    /// <summary>What the actor was given.</summary>
    protected RxContext Part => context;

    /// <inheritdoc />
    protected internal sealed override bool Poll(long nowMs)
    {
        int count = port.Receive(_burst);
        if (count == 0)
        {
            if (port.IsExhausted && !exhausted.Task.IsCompleted)
            {
                inspection?.Finish();
                exhausted.TrySetResult();
            }

            return !port.IsExhausted;
        }

        Span<FrameDescriptor> frames = _burst.AsSpan(0, count);
        inspection?.OnBurst(context.Umem, frames);
        FrameParser.ParseBatch(context.Umem, frames, zone: 0, Side.Lan, context.Hash);
        OnBurst(frames, Worker.NowMs(clock));
        return true;
    }

    /// <summary>Handles a burst, parsed as if all of it came from inside.</summary>
    /// <param name="frames">The actor's to pass on.</param>
    /// <param name="nowMs">Capture clock, ms.</param>
    protected abstract void OnBurst(Span<FrameDescriptor> frames, long nowMs);

    /// <inheritdoc />
    protected override void PreRestart(Exception reason, object? message)
    {
        exhausted.TrySetException(reason);
        base.PreRestart(reason, message);
    }
}
