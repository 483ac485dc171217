using Natflow.Actors;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Gateway.Flow;
using Natflow.Gateway.Workers;
using Natflow.Memory;
using Natflow.Ports.Pcap;

namespace Natflow.Gateway.Replay;

/// <summary>A gateway with one worker and one shard between the two sides of a capture, on captured time.</summary>
public sealed class ReplayGateway : IDisposable
{
    private const int BusiestCount = 10;

    private readonly PcapPort _port;
    private readonly ReplayWire _wire;
    private readonly ReplayQueue _queue;
    private readonly DataPlane _plane;
    private readonly TaskCompletionSource _exhausted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Builds the gateway; nothing runs yet.</summary>
    /// <param name="system">Parent of its actors.</param>
    /// <param name="port">The captures, and the output.</param>
    /// <param name="nat">Valid settings with one shard.</param>
    /// <param name="settings">How recorded frames are told apart.</param>
    /// <param name="umem">Where the frames lie.</param>
    /// <param name="pool">Its free chunks, shared with the port.</param>
    /// <param name="clock">Advanced by the port.</param>
    /// <param name="inspection">Sees all recorded frames; null where nobody asked. The caller disposes of it.</param>
    public ReplayGateway(
        ActorSystem system, PcapPort port, NatSettings nat, ReplaySettings settings, Umem umem, ChunkPool pool, CaptureClock clock,
        CaptureInspection? inspection = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nat.ShardCount, 1, nameof(nat));
        _port = port;
        _wire = new ReplayWire(settings, nat, umem);
        _queue = new ReplayQueue(port, _wire, clock);
        Func<RxContext, DataActor> rx = context => new ReplayRxActor(context, port, clock, inspection, _wire, _exhausted);
        _plane = new DataPlane(system, nat, [new WorkerPlan(pool, [rx], [_queue, _queue])], umem, clock);
    }

    /// <summary>Runs the captures through the gateway, to their end.</summary>
    /// <returns>Figures of the run. The gateway has stopped.</returns>
    public async Task<ReplayReport> Run()
    {
        _plane.Start();
        await _exhausted.Task;
        await _plane.Drain();
        DataPlaneReport plane = await _plane.Report();
        await _plane.Stop();
        return MakeReport(plane);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _plane.Dispose();
        _wire.Dispose();
    }

    private ReplayReport MakeReport(DataPlaneReport plane)
    {
        SortedDictionary<DropReason, ulong> drops = plane.Drops;
        foreach ((DropReason reason, ulong count) in ShardReport.DropsOf(_port.Drops))
            drops[reason] = drops.GetValueOrDefault(reason) + count;

        ReplayCounters counters = _queue.Counters;
        counters.Conversations = _wire.ConversationCount;
        return new ReplayReport(_port.PacketCount, _port.ByteCount, plane.Counters, counters, drops, plane.Shards[0], ObservedUserCount: 0, UserSummary.Busiest(_plane.StateOf(0), BusiestCount));
    }
}
