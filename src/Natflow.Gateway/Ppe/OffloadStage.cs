using Natflow.Flows.Offers;
using Natflow.Flows.Users;
using Natflow.Memory;
using Natflow.Offload.Model;

namespace Natflow.Gateway.Ppe;

/// <summary>
/// The work of the offload actor: binds what shards offer, a batch at a time, takes out what they want back, reads each bound flow's counters once a second and tells
/// the shards, makes room for faster flows when the PPE is full. Lives longer than the actor, so that a restart loses nothing.
/// </summary>
/// <remarks>
/// One thread. An answer needs room in the shard's ring before the work is begun: a shard that does not take its answers gets no more of its offers done, and
/// nothing is lost. No allocation in steady state.
/// </remarks>
public sealed class OffloadStage : IDisposable
{
    private const int OffersPerTurn = 256;
    private const int VisitsPerTurn = 4096;
    private const int FlowsPerOfferMax = 2; // A hairpinned flow's offer binds the other flow too.
    private const long PassMs = 1000;
    private const uint QueueEnd = BoundTable.None;
    private const ushort NoGeneration = ushort.MaxValue; // Of way 0, which has none.

    private readonly IPpe _ppe;
    private readonly OfferLink[] _links;
    private readonly PolicyTable _policies;
    private readonly BoundTable _bound;
    private readonly LinkCache _ways;
    private readonly NativeArray<FlowOffer> _offers = new(OffersPerTurn);
    private readonly FoeEntry[] _entries = new FoeEntry[OffersPerTurn * 2];
    private readonly FoeHandle[] _handles = new FoeHandle[OffersPerTurn * 2];
    private readonly FoeHandle[] _pair = new FoeHandle[2];
    private readonly PpeResult[] _results = new PpeResult[OffersPerTurn * 2];
    private readonly EvictionPlan _eviction = new();
    private readonly CounterBatch _batch;
    private readonly CounterBatch _one;
    private readonly BindDelays _delays = new();
    private readonly HairpinBinder _hairpins;
    private OffloadCounters _counters;
    private ulong _answeredCount;
    private uint _leavingHead = QueueEnd;
    private uint _leavingTail = QueueEnd;
    private uint _position;
    private long _passStartMs;
    private ulong _boundAtPassStart;
    private bool _recheck;

    /// <summary>Binds the stage to a PPE and the shards' rings.</summary>
    /// <param name="ppe">Owned by this.</param>
    /// <param name="links">The rings, by shard; not owned.</param>
    /// <param name="policies">The gateway's policy records.</param>
    /// <param name="flowCapacities">Entries of each shard's table of IPv4 flows and of IPv6 flows, alternating.</param>
    public OffloadStage(IPpe ppe, IEnumerable<OfferLink> links, PolicyTable policies, IEnumerable<int> flowCapacities)
    {
        _ppe = ppe;
        _batch = new CounterBatch(ppe);
        _one = new CounterBatch(ppe);
        _links = [.. links];
        _policies = policies;
        _bound = new BoundTable(Math.Max(64, ppe.CapacityEntries), flowCapacities); // Twice the flows it can hold: half may be leaving.
        _ways = new LinkCache(ppe);
        _hairpins = new HairpinBinder(ppe, _bound, _ways, policies);
    }

    /// <summary>Called about once a second while the stage runs; null for nothing.</summary>
    public Action? EachSecond { get; init; }

    /// <summary>What was done.</summary>
    public OffloadCounters Counters => _counters with
    {
        LinksSet = _ways.SetCount,
        BindDelayMedianMs = _delays.PercentileMs(50),
        BindDelayP99Ms = _delays.PercentileMs(99),
    };

    /// <summary>Flows bound or leaving.</summary>
    public int FlowCount => _bound.Count;

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    internal bool TryPopulate() => _bound.TryPopulate();

    /// <summary>The PPE.</summary>
    public IPpe Ppe => _ppe;

    /// <summary>What a PPE can take, in the shards' words.</summary>
    public static OfferLimits LimitsOf(IPpe ppe) => new(
        ppe.Supports.HasFlag(PpeFeatures.Meters),
        ppe.Supports.HasFlag(PpeFeatures.Marking),
        ppe.Supports.HasFlag(PpeFeatures.IPv6Route),
        ppe.Supports.HasFlag(PpeFeatures.IPv6Nat),
        ppe.Supports.HasFlag(PpeFeatures.Vlan),
        ppe.Supports.HasFlag(PpeFeatures.QinQ),
        ppe.Supports.HasFlag(PpeFeatures.Pppoe),
        ppe.Supports.HasFlag(PpeFeatures.Generations),
        ppe.Supports.HasFlag(PpeFeatures.TwiceNat));

    /// <summary>What is bound, as a MediaTek chip would have it. O(flows): for people who ask.</summary>
    internal FoeImage Image(FoeImageRequest request, long nowMs) => new FoeImager(_ppe, _bound, _ways).Make(request, nowMs);

    /// <summary>A turn.</summary>
    /// <param name="nowMs">CLOCK_MONOTONIC, ms.</param>
    /// <returns>True when there was anything to do.</returns>
    public bool Poll(long nowMs)
    {
        bool busy = false;
        foreach (OfferLink link in _links)
            busy |= TakeOffers(link, nowMs);
        if (_recheck)
            Recheck(nowMs);
        ulong answered = _answeredCount;
        ReleaseDue(nowMs);
        bool isBehind = Visit(nowMs);
        return busy || isBehind || _answeredCount != answered;
    }

    /// <summary>Whether a shard has put an offer.</summary>
    internal bool HasOffers => Array.Exists(_links, static link => link.Offers.Count != 0);

    /// <summary>Keeps the entries that an earlier gateway bound for a flow. They are void by the numbers of this one: the first visit lets them be bound anew.</summary>
    /// <param name="cookie">The flow.</param>
    /// <param name="policyIndex">Its user's policy record.</param>
    /// <param name="handleOut">Entry of packets from inside.</param>
    /// <param name="handleIn">Entry of packets from outside.</param>
    /// <param name="countedOut">What of its counters the flow has already.</param>
    /// <param name="countedIn">The same of the other entry.</param>
    internal void Adopt(
        FlowCookie cookie, uint policyIndex, FoeHandle handleOut, FoeHandle handleIn, ref readonly FoeCounters countedOut, ref readonly FoeCounters countedIn)
    {
        ref BoundFlow flow = ref _bound[_bound.Add(cookie)];
        flow.HandleOut = handleOut.Value;
        flow.HandleIn = handleIn.Value;
        flow.PolicyIndex = policyIndex;
        flow.OutGeneration = NoGeneration;
        flow.PacketsOut = countedOut.Packets;
        flow.BytesOut = countedOut.Bytes;
        flow.PacketsIn = countedIn.Packets;
        flow.BytesIn = countedIn.Bytes;
        _counters.Adopted++;
    }

    /// <summary>Reads all bound flows' counters now, and sees to it that the shards get them. Nothing else uses shards and stage meanwhile.</summary>
    /// <param name="nowMs">CLOCK_MONOTONIC, ms.</param>
    /// <param name="takeAnswers">Lets the shards take what waits for them.</param>
    internal void Settle(long nowMs, Action takeAnswers)
    {
        takeAnswers();
        while (Poll(nowMs))
            takeAnswers();
        for (uint index = 0; index < _bound.UsedEnd; index++)
        {
            ref BoundFlow flow = ref _bound[index];
            if (flow.State == BoundState.Free)
                continue;
            OfferLink link = _links[flow.Cookie.ShardIndex];
            if (RoomOf(link) == 0)
                takeAnswers();
            _ = Read(ref flow, (uint)nowMs, out OfferAnswer answer);
            Tell(link, in answer);
        }

        takeAnswers();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _ppe.Dispose();
        _bound.Dispose();
        _ways.Dispose();
        _offers.Dispose();
    }

    // The caller saw the room.
    private void Tell(OfferLink link, ref readonly OfferAnswer answer)
    {
        _ = link.Answers.Enqueue([answer]);
        _answeredCount++;
    }

    private static int RoomOf(OfferLink link) => link.Answers.Capacity - link.Answers.Count;

    private bool TakeOffers(OfferLink link, long nowMs)
    {
        int room = Math.Min(Math.Min(OffersPerTurn, RoomOf(link)), (_bound.Capacity - _bound.Count) / FlowsPerOfferMax);
        if (room <= 0)
            return false;
        int count = link.Offers.Dequeue(_offers.Span[..room]);
        int batch = 0;
        for (int i = 0; i < count; i++)
        {
            ref FlowOffer offer = ref _offers[(uint)i];
            if (offer.Kind == OfferKind.Bind)
            {
                _offers[(uint)batch++] = offer;
                continue;
            }

            // In order: what was offered before is bound before a way or a wish changes.
            Bind(link, batch, nowMs);
            batch = 0;
            if (offer.Kind == OfferKind.BindHairpin)
                Pair(link, in offer, nowMs);
            else
                Follow(in offer, nowMs);
        }

        Bind(link, batch, nowMs);
        return count != 0;
    }

    private void Follow(ref readonly FlowOffer offer, long nowMs)
    {
        switch (offer.Kind)
        {
            case OfferKind.Unbind:
                uint index = _bound.Find(offer.Cookie);
                if (index == BoundTable.None)
                {
                    _ = _hairpins.Halves.Remove(offer.Cookie);
                    break;
                }

                _counters.Unbound++;
                Leave(index, OffloadReason.NotEstablished, nowMs);
                break;
            case OfferKind.Link:
                _ways.Set(offer.LinkIndex, in offer.Path);
                _recheck = true;
                break;
            case OfferKind.Policies:
                _recheck = true;
                break;
        }
    }

    private void Pair(OfferLink link, ref readonly FlowOffer offer, long nowMs)
    {
        if (!_hairpins.TryFindOther(in offer, out FlowOffer other))
        {
            if (!_hairpins.Halves.TryAdd(in offer))
                Refuse(link, in offer, OffloadReason.Hairpin);
            return;
        }

        OfferLink otherLink = _links[other.Cookie.ShardIndex];
        if (RoomOf(otherLink) < FlowsPerOfferMax)
        {
            Refuse(link, in offer, OffloadReason.Hairpin);
            return;
        }

        _ = _hairpins.Halves.Remove(other.Cookie);
        OffloadReason reason = !_hairpins.IsCurrent(in other) ? OffloadReason.Stale
            : !_hairpins.CanShare(in offer, in other) ? OffloadReason.Hairpin : BindPair(in offer, in other, nowMs);
        AnswerHalf(link, in offer, reason);
        AnswerHalf(otherLink, in other, reason);
    }

    private void AnswerHalf(OfferLink link, ref readonly FlowOffer offer, OffloadReason reason)
    {
        if (reason != OffloadReason.None)
        {
            Refuse(link, in offer, reason);
            return;
        }

        var answer = new OfferAnswer { Cookie = offer.Cookie, PolicyIndex = offer.PolicyIndex, Kind = AnswerKind.Bound };
        Tell(link, in answer);
    }

    private OffloadReason BindPair(ref readonly FlowOffer offer, ref readonly FlowOffer other, long nowMs)
    {
        PpeResult result = _hairpins.Bind(in offer, in other, out uint index);
        if (result == PpeResult.Bound)
        {
            _counters.Bound += FlowsPerOfferMax;
            return OffloadReason.None;
        }

        if (result == PpeResult.TableFull)
            _eviction.Want();
        if (index != BoundTable.None)
            Leave(index, PpeOutcomes.ReasonOf(result), nowMs);
        return PpeOutcomes.ReasonOf(result);
    }

    private void Refuse(OfferLink link, ref readonly FlowOffer offer, OffloadReason reason)
    {
        _counters.Refused++;
        var answer = new OfferAnswer { Cookie = offer.Cookie, PolicyIndex = offer.PolicyIndex, Kind = AnswerKind.NotBound, Reason = reason };
        Tell(link, in answer);
    }

    private void Bind(OfferLink link, int count, long nowMs)
    {
        if (count == 0)
            return;
        for (int i = 0; i < count; i++)
        {
            ref FlowOffer offer = ref _offers[(uint)i];
            _entries[2 * i] = FoeEntries.Out(in offer, _ways.InterfaceOf(offer.InLink));
            _entries[(2 * i) + 1] = FoeEntries.In(in offer, _ways.InterfaceOf(offer.OutLink));
        }

        _ppe.Bind(_entries.AsSpan(0, 2 * count), _handles.AsSpan(0, 2 * count), _results.AsSpan(0, 2 * count));
        for (int i = 0; i < count; i++)
            Answer(link, ref _offers[(uint)i], i, nowMs);
    }

    private void Answer(OfferLink link, ref FlowOffer offer, int position, long nowMs)
    {
        FoeHandle handleOut = _handles[2 * position];
        FoeHandle handleIn = _handles[(2 * position) + 1];
        PpeResult result = _results[2 * position] != PpeResult.Bound ? _results[2 * position] : _results[(2 * position) + 1];
        var answer = new OfferAnswer { Cookie = offer.Cookie, PolicyIndex = offer.PolicyIndex, Kind = AnswerKind.Bound };
        uint index = result == PpeResult.Bound || handleOut.IsSome || handleIn.IsSome ? _bound.Add(offer.Cookie) : BoundTable.None;
        if (index != BoundTable.None)
            _bound[index].Keep(in offer, handleOut, handleIn);
        if (result == PpeResult.Bound)
        {
            _counters.Bound++;
            _delays.Add(offer.SeenMs, (uint)nowMs);
        }
        else
        {
            // Half a flow is no use: the half that was bound goes as any other, its counters included.
            _counters.Refused++;
            if (result == PpeResult.TableFull)
                _eviction.Want();
            if (index != BoundTable.None)
                Leave(index, PpeOutcomes.ReasonOf(result), _passStartMs);
            answer.Kind = AnswerKind.NotBound;
            answer.Reason = PpeOutcomes.ReasonOf(result);
        }

        Tell(link, in answer);
    }

    // Its packets are punted from now on; its counters count until the last packet under way has left.
    private void Leave(uint index, OffloadReason reason, long nowMs)
    {
        ref BoundFlow flow = ref _bound[index];
        if (flow.State != BoundState.Bound)
            return;
        flow.State = BoundState.Leaving;
        flow.Reason = reason;
        flow.Next = QueueEnd;
        flow.ReleaseAtMs = (uint)(Math.Max(nowMs, _passStartMs) + _ppe.GraceMs);
        _bound.Forget(index);
        _ppe.Unbind(Handles(in flow));
        if (flow.PartnerPlusOne != 0)
            _hairpins.Unlink(index);
        if (_leavingTail == QueueEnd)
            _leavingHead = index;
        else
            _bound[_leavingTail].Next = index;
        _leavingTail = index;
        if (flow.PartnerPlusOne != 0)
            Leave(flow.PartnerPlusOne - 1, reason, nowMs);
    }

    private ReadOnlySpan<FoeHandle> Handles(ref readonly BoundFlow flow)
    {
        int count = 0;
        if (flow.HandleOut != 0)
            _pair[count++] = new FoeHandle(flow.HandleOut);
        if (flow.HandleIn != 0)
            _pair[count++] = new FoeHandle(flow.HandleIn);
        return _pair.AsSpan(0, count);
    }

    private void ReleaseDue(long nowMs)
    {
        for (int i = 0; i < VisitsPerTurn && _leavingHead != QueueEnd; i++)
        {
            uint index = _leavingHead;
            ref BoundFlow flow = ref _bound[index];
            OfferLink link = _links[flow.Cookie.ShardIndex];
            if ((int)((uint)nowMs - flow.ReleaseAtMs) < 0 || RoomOf(link) == 0)
                return;
            Read(ref flow, (uint)nowMs, out OfferAnswer answer);
            answer.Kind = AnswerKind.Final;
            answer.Reason = flow.Reason;
            Tell(link, in answer);
            if (flow.PartnerPlusOne != 0)
                _bound[flow.PartnerPlusOne - 1].PartnerPlusOne = 0; // The other one has still to read the entries.
            else
                _ppe.Release(Handles(in flow));
            _leavingHead = flow.Next;
            if (_leavingHead == QueueEnd)
                _leavingTail = QueueEnd;
            _bound.Remove(index);
        }
    }

    private bool Read(ref BoundFlow flow, uint nowMs, out OfferAnswer answer)
    {
        _one.Clear();
        _one.Add(0, in flow);
        _one.Read(nowMs);
        return _one.Take(0, ref flow, out answer);
    }

    // A pass a second over all bound flows, a slice a turn.
    // True where the pass has fallen behind its time.
    private bool Visit(long nowMs)
    {
        long elapsedMs = nowMs - _passStartMs;
        uint target = (uint)(_bound.UsedEnd * (ulong)Math.Clamp(elapsedMs, 0, PassMs) / PassMs);
        uint last = Math.Min(target, _position + VisitsPerTurn);
        while (_position < last)
        {
            if (!TryVisitSome(last, nowMs))
                return false;
        }

        if (elapsedMs < PassMs || _position < target)
            return _position < target;
        _counters.BoundLastSecond = (_counters.Bound - _boundAtPassStart) * PassMs / (ulong)elapsedMs;
        _boundAtPassStart = _counters.Bound;
        _passStartMs = nowMs;
        _position = 0;
        EachSecond?.Invoke();
        _eviction.EndPass();
        GiveUpHalves();
        return false;
    }

    // The other flow is not offered: it is not established, or its user's policy forbids it.
    private void GiveUpHalves()
    {
        foreach (FlowOffer offer in _hairpins.Halves.EndPass())
        {
            OfferLink link = _links[offer.Cookie.ShardIndex];
            if (RoomOf(link) == 0 || !_hairpins.Halves.Remove(offer.Cookie))
                continue;
            Refuse(link, in offer, OffloadReason.Hairpin);
        }
    }

    // False: a shard has no room for an answer; the pass goes on there later.
    private bool TryVisitSome(uint last, long nowMs)
    {
        _batch.Clear();
        uint next = _position;
        for (; next < last && !_batch.IsFull; next++)
        {
            ref BoundFlow flow = ref _bound[next];
            if (flow.State == BoundState.Bound)
                _batch.Add(next, in flow);
        }

        _batch.Read((uint)nowMs);
        for (int i = 0; i < _batch.Count; i++)
        {
            _position = _batch.IndexOf(i);
            // A hairpinned flow's partner, seen before it, may have taken it along.
            if (_bound[_position].State == BoundState.Bound && !TryVisit(i, _position, nowMs))
                return false;
        }

        _position = next;
        return true;
    }

    private bool TryVisit(int place, uint index, long nowMs)
    {
        ref BoundFlow flow = ref _bound[index];
        OfferLink link = _links[flow.Cookie.ShardIndex];
        if (RoomOf(link) == 0)
            return false;
        bool isBound = _batch.Take(place, ref flow, out OfferAnswer answer);
        if ((answer.PacketsOut | answer.PacketsIn) != 0)
            Tell(link, in answer);
        if (!isBound)
        {
            _counters.Lost++;
            Leave(index, OffloadReason.Lost, nowMs);
        }
        else if (IsStale(in flow))
        {
            _counters.Stale++;
            Leave(index, OffloadReason.Stale, nowMs);
        }
        else if (_eviction.Takes(flow.RateBytes))
        {
            _counters.Evicted++;
            Leave(index, OffloadReason.Evicted, nowMs);
        }

        return true;
    }

    private bool IsStale(ref readonly BoundFlow flow) => _policies[flow.PolicyIndex].Generation != flow.PolicyGeneration
        || (flow.PartnerPlusOne != 0 && !_hairpins.MayShare(flow.PolicyIndex))
        || _ways.GenerationOf(flow.OutLink) != flow.OutGeneration || _ways.GenerationOf(flow.InLink) != flow.InGeneration;

    // A PPE that knows no generations holds few entries: they are looked through at once. Else those of two users, which have generation and meters of one.
    private void Recheck(long nowMs)
    {
        _recheck = false;
        if (_ppe.Supports.HasFlag(PpeFeatures.Generations))
        {
            RecheckPairs(nowMs);
            return;
        }

        for (uint index = 0; index < _bound.UsedEnd; index++)
        {
            if (_bound[index].State != BoundState.Bound || !IsStale(in _bound[index]))
                continue;
            _counters.Stale++;
            Leave(index, OffloadReason.Stale, nowMs);
        }
    }

    private void RecheckPairs(long nowMs)
    {
        for (uint next = _hairpins.Head; next != 0;)
        {
            uint index = next - 1;
            next = _bound[index].PairNext;
            if (!IsStale(in _bound[index]))
                continue;
            if (next == _bound[index].PartnerPlusOne)
                next = _bound[next - 1].PairNext; // It goes with its partner.
            _counters.Stale++;
            Leave(index, OffloadReason.Stale, nowMs);
        }
    }
}
