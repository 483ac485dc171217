using Natflow.Core;
using Natflow.Ports.Pcap;

namespace Natflow.Gateway.Replay;

/// <summary>RX actor of <c>--observe</c>: classifies recorded frames and writes them as they are.</summary>
internal sealed class ObserveRxActor(
    RxContext context, PcapPort port, CaptureClock clock, CaptureInspection? inspection, ObserveState state, TaskCompletionSource exhausted)
    : CaptureRxActor(context, port, clock, inspection, exhausted)
{
    private readonly PcapPort _output = port;

    /// <inheritdoc />
    protected override void OnBurst(Span<FrameDescriptor> frames, long nowMs) => _output.Transmit(frames[..state.Observe(frames, nowMs)]);
}
