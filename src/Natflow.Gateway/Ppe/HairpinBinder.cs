using Natflow.Flows.Offers;
using Natflow.Flows.Users;
using Natflow.Offload.Model;

namespace Natflow.Gateway.Ppe;

/// <summary>
/// Binds the two flows of hairpinned packets together: one entry from each subscriber to the other. A packet is of both flows, so both read both entries. One thread.
/// </summary>
internal sealed class HairpinBinder(IPpe ppe, BoundTable bound, LinkCache ways, PolicyTable policies)
{
    private readonly FoeEntry[] _entries = new FoeEntry[2];
    private readonly FoeHandle[] _handles = new FoeHandle[2];
    private readonly PpeResult[] _results = new PpeResult[2];
    private uint _head;

    /// <summary>Offers whose other flow was not offered yet.</summary>
    internal HairpinHalves Halves { get; } = new();

    /// <summary>First of the bound flows of pairs plus one; 0 for none. <see cref="BoundFlow.PairNext"/> leads on.</summary>
    internal uint Head => _head;

    /// <summary>The offer that waits for this one.</summary>
    internal bool TryFindOther(ref readonly FlowOffer offer, out FlowOffer other) =>
        Halves.TryFindOther(in offer, out other) && !IsSameFlow(offer.Cookie, other.Cookie);

    /// <summary>Whether an offer's way and policy are still what they were.</summary>
    internal bool IsCurrent(ref readonly FlowOffer offer) =>
        policies[offer.PolicyIndex].Generation == offer.PolicyGeneration && ways.GenerationOf(offer.InLink) == offer.InGeneration;

    /// <summary>Whether an entry can do for the receiver what is due: it has the sender's policy alone.</summary>
    internal bool CanShare(ref readonly FlowOffer first, ref readonly FlowOffer second) => MayShare(first.PolicyIndex) && MayShare(second.PolicyIndex);

    /// <summary>Whether one subscriber's policy lets it be the receiver of such an entry. A meter comes without another generation.</summary>
    internal bool MayShare(uint policyIndex) => (policies[policyIndex].Flags & (PolicyFlags.MeterDown | PolicyFlags.SetDscp)) == PolicyFlags.None;

    /// <summary>Binds a pair. The table of bound flows has room for both.</summary>
    /// <param name="first">An offer.</param>
    /// <param name="second">The other one.</param>
    /// <param name="index">Entry of <paramref name="first"/>; <see cref="BoundTable.None"/> where nothing was bound. Not bound whole, it is the caller's to take out.</param>
    internal PpeResult Bind(ref readonly FlowOffer first, ref readonly FlowOffer second, out uint index)
    {
        _entries[0] = FoeEntries.Hairpin(in first, in second, ways.InterfaceOf(first.InLink));
        _entries[1] = FoeEntries.Hairpin(in second, in first, ways.InterfaceOf(second.InLink));
        ppe.Bind(_entries, _handles, _results);
        index = BoundTable.None;
        if (!_handles[0].IsSome && !_handles[1].IsSome)
            return _results[0];
        index = bound.Add(first.Cookie);
        uint other = bound.Add(second.Cookie);
        Keep(index, other, in first, in second, _handles[0], _handles[1]);
        Keep(other, index, in second, in first, _handles[1], _handles[0]);
        return _results[0] != PpeResult.Bound ? _results[0] : _results[1];
    }

    /// <summary>A flow of a pair is being taken out.</summary>
    internal void Unlink(uint index)
    {
        ref BoundFlow flow = ref bound[index];
        if (flow.PairNext != 0)
            bound[flow.PairNext - 1].PairPrevious = flow.PairPrevious;
        if (flow.PairPrevious != 0)
            bound[flow.PairPrevious - 1].PairNext = flow.PairNext;
        else
            _head = flow.PairNext;
    }

    // A subscriber that sends to its own external end has one flow with itself.
    private static bool IsSameFlow(FlowCookie one, FlowCookie other) =>
        one.ShardIndex == other.ShardIndex && one.IsIpv6 == other.IsIpv6 && one.FlowIndex == other.FlowIndex;

    private void Keep(uint index, uint partner, ref readonly FlowOffer own, ref readonly FlowOffer other, FoeHandle handleOut, FoeHandle handleIn)
    {
        ref BoundFlow flow = ref bound[index];
        flow.HandleOut = handleOut.Value;
        flow.HandleIn = handleIn.Value;
        flow.PolicyIndex = own.PolicyIndex;
        flow.PolicyGeneration = own.PolicyGeneration;
        flow.OutLink = other.InLink;
        flow.OutGeneration = other.InGeneration;
        flow.InLink = own.InLink;
        flow.InGeneration = own.InGeneration;
        flow.PartnerPlusOne = partner + 1;
        flow.PairNext = _head;
        if (_head != 0)
            bound[_head - 1].PairPrevious = index + 1;
        _head = index + 1;
    }
}
