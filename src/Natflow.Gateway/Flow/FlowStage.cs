using Natflow.Core;
using Natflow.Flows.Shards;
using Natflow.Gateway.Inspection;
using Natflow.Gateway.Replication;
using Natflow.Gateway.Rx;
using Natflow.Gateway.Trace;
using Natflow.Gateway.Users;
using Natflow.Memory;

namespace Natflow.Gateway.Flow;

/// <summary>
/// What a flow actor does with frames: its shard decides a burst, the emitter sends it, hairpinned frames go to the shard that owns their
/// destination. Lives longer than the actor, so that a restart of the actor loses no flow.
/// </summary>
/// <remarks>Its worker's thread. Steady state allocates nothing.</remarks>
public sealed class FlowStage : IDisposable
{
    // A worker with several queues produces several bursts a turn; taking one of each ring a turn would let rings fill up.
    private const int BurstsPerPoll = 4;

    private readonly FlowShard _shard;
    private readonly Umem _umem;
    private readonly FrameEmitter _emitter;
    private readonly ChunkPool _pool;
    private readonly List<HandoffRing> _inbound = [];
    private readonly NativeArray<Verdict> _verdicts = new(FrameDescriptor.BurstMax);
    private readonly NativeArray<FrameDescriptor> _received = new(FrameDescriptor.BurstMax);
    private readonly NativeArray<FrameDescriptor> _hairpins = new(FrameDescriptor.BurstMax);
    private readonly NativeArray<FrameDescriptor> _extras = new(FrameDescriptor.BurstMax);
    private readonly NativeArray<Verdict> _extraVerdicts = new(FrameDescriptor.BurstMax);
    private ShardDispatch? _dispatch;
    private readonly FlowInspection? _inspection;
    private FlowTracer? _tracer;

    /// <summary>Makes a stage without ways to other shards.</summary>
    /// <param name="shard">Owned by this.</param>
    /// <param name="umem">Where the frames lie.</param>
    /// <param name="emitter">The worker's egress.</param>
    /// <param name="pool">The worker's free chunks.</param>
    /// <param name="inspection">Looks at the frames before they leave, owned by this; null looks at none.</param>
    public FlowStage(FlowShard shard, Umem umem, FrameEmitter emitter, ChunkPool pool, FlowInspection? inspection = null)
    {
        _inspection = inspection;
        _shard = shard;
        _umem = umem;
        _emitter = emitter;
        _pool = pool;
        Replication = new ShardReplication(shard.State);
        Detour = new ShardDetour(shard.State, umem, pool, emitter);
    }

    /// <summary>The shard's part in replication.</summary>
    internal ShardReplication Replication { get; }

    /// <summary>Takes the frames while another node owns the shard.</summary>
    internal ShardDetour Detour { get; }

    /// <summary>What the shard owns. The worker's thread, or any thread while the worker does not run.</summary>
    public ShardState State => _shard.State;

    /// <summary>Looks at the frames before they leave; null where none are looked at.</summary>
    public FlowInspection? Inspection => _inspection;

    /// <summary>Says where frames come from and where hairpinned ones go. Once, before the worker starts.</summary>
    /// <param name="inbound">Rings of other workers to this shard.</param>
    /// <param name="hairpins">The ways to all shards, this one included; owned by this.</param>
    public void Connect(IEnumerable<HandoffRing> inbound, ShardDispatch hairpins)
    {
        _inbound.AddRange(inbound);
        _dispatch = hairpins;
    }

    /// <summary>Where the shard's translation events go; null keeps them with the shard. Before the worker starts.</summary>
    internal Nat.NatEventLink? NatEvents { get; set; }

    /// <summary>Reports on the packets of some flows from now on, until the other end closes.</summary>
    internal void Trace(TraceRequest request) => _tracer = new FlowTracer(State, request);

    /// <summary>Decides and sends a burst of this shard.</summary>
    /// <param name="frames">Parsed, at most a burst; nobody's afterwards.</param>
    /// <param name="nowMs">Clock, ms.</param>
    public void Accept(Span<FrameDescriptor> frames, long nowMs)
    {
        if (Replication.IsElsewhere(nowMs))
        {
            Detour.Send(frames, nowMs);
            return;
        }

        _shard.Advance(nowMs);
        if (_tracer is null)
            Decide(frames, nowMs);
        else
            DecideTraced(_tracer, frames, nowMs);
    }

    private void Decide(Span<FrameDescriptor> frames, long nowMs)
    {
        Span<Verdict> verdicts = _verdicts.Span[..frames.Length];
        ulong hairpinned = State.Counters.Hairpinned;
        _shard.Process(frames, verdicts, nowMs);
        if (_inspection is { } inspection)
            Inspect(inspection, frames, verdicts, nowMs);
        Send(frames, verdicts, State.Counters.Hairpinned != hairpinned, nowMs);
    }

    // A verdict that is changed now holds for the frame that carries the name.
    private void Inspect(FlowInspection inspection, Span<FrameDescriptor> frames, Span<Verdict> verdicts, long nowMs)
    {
        inspection.Inspect(_shard, _umem, frames, verdicts, nowMs);
        inspection.Judge(frames, verdicts, nowMs);
        inspection.Commit();
    }

    private void Send(Span<FrameDescriptor> frames, ReadOnlySpan<Verdict> verdicts, bool haveHairpins, long nowMs)
    {
        if (haveHairpins)
            EmitWithHairpins(frames, verdicts, nowMs);
        else
            _emitter.Emit(frames, verdicts, nowMs);
        if (_shard.ExtraCount != 0)
            EmitExtras(nowMs);
    }

    // A traced frame is a burst of its own: order and path stay, and what is counted meanwhile is its own.
    private void DecideTraced(FlowTracer tracer, Span<FrameDescriptor> frames, long nowMs)
    {
        int start = 0;
        for (int i = 0; i < frames.Length; i++)
        {
            if (!tracer.IsWanted(in frames[i]))
                continue;
            if (i > start)
                Decide(frames[start..i], nowMs);
            start = i + 1;
            TraceStart before = tracer.Begin(in frames[i], nowMs);
            Span<FrameDescriptor> one = frames.Slice(i, 1);
            _shard.Process(one, _verdicts.Span[..1], nowMs);
            if (_inspection is { } inspection)
                Inspect(inspection, one, _verdicts.Span[..1], nowMs);
            Verdict verdict = _verdicts[0];
            uint pathIndex = one[0].PathIndex;
            bool isFastPath = _shard.SlowCount == 0;
            Send(one, [verdict], verdict == Verdict.Hairpin, nowMs);
            tracer.End(before, verdict, pathIndex, isFastPath, nowMs);
        }

        if (start < frames.Length)
            Decide(frames[start..], nowMs);
        if (tracer.IsOver)
            _tracer = null;
    }

    /// <summary>Takes other rules on flows.</summary>
    internal void Take(JudgeRequest request)
    {
        State.Users.SetDefaultShare(request.DefaultShare);
        State.Policies.SetJudge(request.Judge);
        State.Traffic.IsEnabled = true;
        _inspection?.SetNeeded(request.Judge?.DecidesOnHosts ?? false);
    }

    /// <summary>Gives up every frame that waits: nothing will come any more.</summary>
    internal void Drain()
    {
        _shard.Drain();
        _emitter.ReleasePending(long.MaxValue);
    }

    /// <summary>Takes what other workers handed over, and ends what has expired.</summary>
    /// <param name="nowMs">Clock, ms.</param>
    /// <returns>True when there was anything to do.</returns>
    public bool Poll(long nowMs)
    {
        bool hasTold = Replication.Sweep(nowMs);
        bool isOwned = !Replication.IsElsewhere(nowMs);
        bool busy = (isOwned && Advance(nowMs)) | hasTold; // Another node's: neither expiry nor an answer is ours.
        if (Detour.Release(isOwned, nowMs) is { IsEmpty: false } waited)
            Accept(waited, nowMs);
        busy |= Detour.HasMore;
        _emitter.ReleasePending(nowMs);
        _dispatch?.Reclaim(nowMs);
        foreach (HandoffRing ring in _inbound)
            busy |= Drain(ring, nowMs);
        return busy;
    }

    private bool Advance(long nowMs)
    {
        bool busy = _shard.Advance(nowMs);
        _inspection?.Advance(nowMs);
        if (_shard.ExtraCount != 0)
            EmitExtras(nowMs);
        return (NatEvents?.Collect(State) ?? false) | busy;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Replication.Dispose();
        Detour.Dispose();
        _inspection?.Dispose();
        _shard.Dispose();
        NatEvents?.Dispose();
        _dispatch?.Dispose();
        _verdicts.Dispose();
        _received.Dispose();
        _hairpins.Dispose();
        _extras.Dispose();
        _extraVerdicts.Dispose();
    }

    private bool Drain(HandoffRing ring, long nowMs)
    {
        int bursts = 0;
        int count;
        do
        {
            count = ring.Take(_received.Span, _pool);
            if (count != 0)
                AcceptFromAfar(_received.Span[..count], nowMs);
        }
        while (count == FrameDescriptor.BurstMax && ++bursts < BurstsPerPoll);

        return bursts != 0 || count != 0;
    }

    // The headers lie in the cache of the core that parsed them.
    private void AcceptFromAfar(Span<FrameDescriptor> frames, long nowMs)
    {
        foreach (ref FrameDescriptor frame in frames)
            _umem.Prefetch(frame.FrameOffset);
        Accept(frames, nowMs);
    }

    // After the burst, so that a first fragment leaves before the others.
    private void EmitExtras(long nowMs)
    {
        int count = _shard.TakeExtras(_extras.Span, _extraVerdicts.Span);
        EmitWithHairpins(_extras.Span[..count], _extraVerdicts.Span[..count], nowMs);
    }

    // A hairpinned frame's second pass is from outside, and ends there: it is never hairpinned again, so this nests once.
    private void EmitWithHairpins(Span<FrameDescriptor> frames, ReadOnlySpan<Verdict> verdicts, long nowMs)
    {
        int count = 0;
        for (int i = 0; i < frames.Length; i++)
        {
            if (verdicts[i] == Verdict.Hairpin)
                _hairpins[(uint)count++] = frames[i];
        }

        _emitter.Emit(frames, verdicts, nowMs);
        if (count == 0)
            return;
        Span<FrameDescriptor> hairpins = _hairpins.Span[..count];
        if (_dispatch is { } dispatch)
            dispatch.Dispatch(hairpins, nowMs);
        else
            Accept(hairpins, nowMs);
    }
}
