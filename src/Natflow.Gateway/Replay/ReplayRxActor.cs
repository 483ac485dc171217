using Natflow.Core;
using Natflow.Ports.Pcap;

namespace Natflow.Gateway.Replay;

/// <summary>
/// RX actor of a replay: one file holds both sides of the gateway. It tells them apart, puts answers on the WAN, and brings both in recorded order
/// to the flow actor.
/// </summary>
internal sealed class ReplayRxActor(
    RxContext context, PcapPort port, CaptureClock clock, CaptureInspection? inspection, ReplayWire wire, TaskCompletionSource exhausted)
    : CaptureRxActor(context, port, clock, inspection, exhausted)
{
    /// <summary>Frames go in runs; a run ends before an answer whose external endpoint the run itself may still change.</summary>
    protected override void OnBurst(Span<FrameDescriptor> frames, long nowMs)
    {
        int start = 0;
        for (int i = 0; i < frames.Length; i++)
        {
            ref FrameDescriptor frame = ref frames[i];
            CaptureDirection direction = wire.Classify(in frame, nowMs);
            if (direction == CaptureDirection.FromInside)
            {
                wire.OnFromInside(in frame, nowMs);
                continue;
            }

            if (wire.MustWait(in frame) && i > start)
            {
                Part.Dispatch.Dispatch(frames[start..i], nowMs);
                start = i;
            }

            wire.PutOnWan(ref frame, direction);
        }

        Part.Dispatch.Dispatch(frames[start..], nowMs);
    }
}
