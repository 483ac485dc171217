using Natflow.Flows.Offers;
using Natflow.Offload.Model;

namespace Natflow.Gateway.Ppe;

/// <summary>The counters of some bound flows, read in one call.</summary>
internal sealed class CounterBatch(IPpe ppe)
{
    /// <summary>Flows at most.</summary>
    internal const int FlowsMax = 128;

    private const int HandlesAFlow = 2;

    private readonly uint[] _indexes = new uint[FlowsMax];
    private readonly FoeHandle[] _handles = new FoeHandle[FlowsMax * HandlesAFlow];
    private readonly FoeCounters[] _counters = new FoeCounters[FlowsMax * HandlesAFlow];
    private readonly bool[] _isBound = new bool[FlowsMax * HandlesAFlow];

    /// <summary>Flows in it.</summary>
    internal int Count { get; private set; }

    /// <summary>Whether there is no room.</summary>
    internal bool IsFull => Count == FlowsMax;

    /// <summary>Empties it.</summary>
    internal void Clear() => Count = 0;

    /// <summary>Adds a flow. There must be room.</summary>
    internal void Add(uint index, ref readonly BoundFlow flow)
    {
        _indexes[Count] = index;
        _handles[Count * HandlesAFlow] = new FoeHandle(flow.HandleOut);
        _handles[(Count * HandlesAFlow) + 1] = new FoeHandle(flow.HandleIn);
        Count++;
    }

    /// <summary>Asks the PPE.</summary>
    internal void Read(uint nowMs)
    {
        int count = Count * HandlesAFlow;
        ppe.ReadCounters(_handles.AsSpan(0, count), _counters.AsSpan(0, count), _isBound.AsSpan(0, count), nowMs);
    }

    /// <summary>Place of a flow in the table of bound flows.</summary>
    internal uint IndexOf(int position) => _indexes[position];

    /// <summary>What a flow's entries counted since the last time; the flow then knows it.</summary>
    /// <returns>False: the PPE does not forward by one of the entries any more.</returns>
    internal bool Take(int position, ref BoundFlow flow, out OfferAnswer answer)
    {
        int at = position * HandlesAFlow;
        ref readonly FoeCounters countsOut = ref _counters[at];
        ref readonly FoeCounters countsIn = ref _counters[at + 1];
        answer = new OfferAnswer
        {
            Cookie = flow.Cookie,
            PolicyIndex = flow.PolicyIndex,
            Kind = AnswerKind.Counted,
            PacketsOut = Growth(ref flow.PacketsOut, countsOut.Packets),
            BytesOut = Growth(ref flow.BytesOut, countsOut.Bytes),
            PacketsIn = Growth(ref flow.PacketsIn, countsIn.Packets),
            BytesIn = Growth(ref flow.BytesIn, countsIn.Bytes),
            LastSeenOutMs = countsOut.LastSeenMs,
            LastSeenInMs = countsIn.LastSeenMs,
        };
        flow.RateBytes = answer.BytesOut + answer.BytesIn;
        return _isBound[at] && _isBound[at + 1];
    }

    // An entry that somebody cleared starts from nothing: what it counted since the last look is lost, and never counted twice.
    private static ulong Growth(ref ulong known, ulong now)
    {
        ulong growth = now >= known ? now - known : 0;
        known = now;
        return growth;
    }
}
