using Natflow.Core;
using Natflow.Flows;
using Natflow.Gateway.Flow;
using Natflow.Gateway.Workers;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Ports.Pcap;

namespace Natflow.Gateway.Replay;

/// <summary>
/// Reads captures without a gateway: frames are inspected, counted, and written as they are. There are no actors, shards or tables of flows, whose making would cost
/// a short capture more than its packets.
/// </summary>
public sealed class ReplayObserver : IDisposable
{
    private readonly PcapPort _port;
    private readonly Umem _umem;
    private readonly CaptureClock _clock;
    private readonly CaptureInspection? _inspection;
    private readonly FlowHash _hash;
    private readonly ReplayWire _wire;
    private readonly ObserveState _state;

    /// <summary>Reserves memory; nothing is read yet.</summary>
    /// <param name="port">The captures, and the output.</param>
    /// <param name="nat">The public addresses, and how many subscribers are told apart.</param>
    /// <param name="settings">How recorded frames are told apart.</param>
    /// <param name="umem">Where the frames lie.</param>
    /// <param name="pool">Its free chunks, shared with the port.</param>
    /// <param name="clock">Advanced by the port.</param>
    /// <param name="inspection">Sees all recorded frames; null where nobody asked. The caller disposes of it.</param>
    public ReplayObserver(PcapPort port, NatSettings nat, ReplaySettings settings, Umem umem, ChunkPool pool, CaptureClock clock, CaptureInspection? inspection = null)
    {
        ArgumentNullException.ThrowIfNull(nat);
        _port = port;
        _umem = umem;
        _clock = clock;
        _inspection = inspection;
        _hash = new FlowHash(nat.Seed);
        _wire = new ReplayWire(settings, nat, umem);
        _state = new ObserveState(_wire, nat, umem, pool);
    }

    /// <summary>Reads the captures to their end. Any thread; to be called once.</summary>
    /// <returns>Figures of the run.</returns>
    public ReplayReport Run()
    {
        var burst = new FrameDescriptor[FrameDescriptor.BurstMax];
        while (!_port.IsExhausted) // A burst may be empty: of packets that the port had to drop.
        {
            Span<FrameDescriptor> frames = burst.AsSpan(0, _port.Receive(burst));
            _inspection?.OnBurst(_umem, frames);
            FrameParser.ParseBatch(_umem, frames, zone: 0, Side.Lan, _hash);
            _port.Transmit(frames[.._state.Observe(frames, Worker.NowMs(_clock))]);
        }

        _inspection?.Finish();
        return MakeReport();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _state.Dispose();
        _wire.Dispose();
    }

    private ReplayReport MakeReport()
    {
        var drops = new SortedDictionary<DropReason, ulong>();
        foreach ((DropReason reason, ulong count) in ShardReport.DropsOf(_port.Drops).Concat(ShardReport.DropsOf(_state.Drops)))
            drops[reason] = drops.GetValueOrDefault(reason) + count;
        ReplayCounters counters = _state.Counters;
        counters.Conversations = _wire.ConversationCount;
        return new ReplayReport(_port.PacketCount, _port.ByteCount, default, counters, drops, ShardReport.Empty, _state.UserCount, []);
    }
}
