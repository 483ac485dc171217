using Natflow.Core;
using Natflow.Gateway.Workers;
using Natflow.Ports;
using Natflow.Ports.Pcap;

namespace Natflow.Gateway.Replay;

/// <summary>
/// Egress of a replay, both ways: learns external endpoints from what goes outside, compares what comes back to subscribers with what was recorded, and
/// writes everything as it was on the WAN.
/// </summary>
/// <remarks>The worker's thread; <see cref="Counters"/> are for others after the replay.</remarks>
internal sealed class ReplayQueue : IPortQueue
{
    private readonly PcapPort _port;
    private readonly ReplayWire _wire;
    private readonly CaptureClock _clock;
    private ReplayCounters _counters;

    internal ReplayQueue(PcapPort port, ReplayWire wire, CaptureClock clock)
    {
        _port = port;
        _wire = wire;
        _clock = clock;
    }

    /// <summary>What was counted.</summary>
    internal ref ReplayCounters Counters => ref _counters;

    /// <inheritdoc />
    public bool IsExhausted => _port.IsExhausted;

    /// <inheritdoc />
    public int Receive(Span<FrameDescriptor> frames) => _port.Receive(frames);

    /// <inheritdoc />
    public int Transmit(ReadOnlySpan<FrameDescriptor> frames)
    {
        long nowMs = Worker.NowMs(_clock);
        foreach (ref readonly FrameDescriptor frame in frames)
        {
            if (frame.Kind == PacketKind.IPv6 || (frame.Flags & FrameFlags.Hairpinned) != FrameFlags.None)
                continue;
            if (frame.Key.Side == Side.Lan)
                _wire.Learn(in frame, nowMs);
            else
                CheckAndRestore(in frame);
        }

        return _port.Transmit(frames);
    }

    private void CheckAndRestore(ref readonly FrameDescriptor frame)
    {
        if (_wire.IsAnswer(in frame))
        {
            _counters.AnswersChecked++;
            if (!_wire.AgreesWithRecorded(in frame))
                _counters.AnswersWrong++;
        }

        _wire.RestoreOnWan(in frame);
    }
}
