using Natflow.Core;
using Natflow.Flows.Offers;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Offload.Model;

namespace Natflow.Gateway.Ppe;

/// <summary>
/// Takes over what an earlier gateway left in a PPE: its entries forward on while flows are made of them. Each pair of entries is then bound anew within the first pass, for
/// its ways and policy are numbered by the gateway that is gone. Before the workers start.
/// </summary>
internal sealed class TableAdoption
{
    private readonly IAdoptablePpe _ppe;
    private readonly IReadOnlyList<ShardState> _shards;
    private readonly Dictionary<PairKey, (FoeHandle Handle, FoeEntry Entry)> _in = [];
    private readonly List<(FoeHandle Handle, FoeEntry Entry)> _out = [];

    internal TableAdoption(IAdoptablePpe ppe, IReadOnlyList<ShardState> shards)
    {
        _ppe = ppe;
        _shards = shards;
        for (FoeHandle handle = ppe.NextHandle(FoeHandle.None); handle.IsSome; handle = ppe.NextHandle(handle))
        {
            if (!ppe.TryRead(handle, out FoeEntry entry))
                continue;
            if (entry.Side == Side.Wan)
                _in[PairKey.OfIn(in entry)] = (handle, entry);
            else
                _out.Add((handle, entry));
        }
    }

    /// <summary>Entries found.</summary>
    internal int EntryCount => _out.Count + _in.Count;

    /// <summary>Puts subscribers where entries name their policies, and ways' generations where no entry has them. First of all.</summary>
    internal void Prepare(long nowMs)
    {
        var adopter = new FlowAdopter(_shards, nowMs);
        foreach ((FoeHandle _, FoeEntry entry) in _out.OrderBy(static one => one.Entry.PolicyIndex))
        {
            if (entry.Kind == FoeKind.IPv4Nat)
                _ = adopter.TryPlaceUser(entry.SrcAddr, ZoneOf(in entry), entry.PolicyIndex, nowMs);
        }

        ushort generation = FreeGeneration();
        foreach (ShardState shard in _shards)
            shard.Paths.StartGenerations(generation);
    }

    /// <summary>Makes the flows, behind those of a snapshot.</summary>
    /// <param name="stage">Keeps the entries of what was made.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    internal AdoptionReport Adopt(OffloadStage stage, long nowMs)
    {
        var adopter = new FlowAdopter(_shards, nowMs);
        int adopted = 0;
        int refused = 0;
        foreach ((FoeHandle handle, FoeEntry entry) in _out)
        {
            bool isTaken = IsHairpin(in entry)
                ? TryAdoptHairpin(adopter, in entry)
                : TryAdopt(adopter, stage, handle, in entry, nowMs);
            adopted += isTaken ? 1 : 0;
            refused += isTaken ? 0 : 1;
            if (!isTaken || IsHairpin(in entry))
                TakeOut(handle);
        }

        foreach ((FoeHandle handle, FoeEntry _) in _in.Values)
            TakeOut(handle); // Half a flow.
        var report = new AdoptionReport(adopted, refused);
        _out.Clear();
        _in.Clear();
        return report;
    }

    private static ushort ZoneOf(ref readonly FoeEntry entry) => (ushort)(entry.Zone - 1);

    private static bool IsHairpin(ref readonly FoeEntry entry) => entry.NewDstAddr != entry.DstAddr || entry.NewDstPortBe != entry.DstPortBe;

    private bool TryAdopt(FlowAdopter adopter, OffloadStage stage, FoeHandle handle, ref readonly FoeEntry entry, long nowMs)
    {
        if (entry.Zone == 0 || !_in.Remove(PairKey.OfOut(in entry), out (FoeHandle Handle, FoeEntry Entry) answer))
            return false;
        FoeCounters lastOut = _ppe.LastRead(handle);
        FoeCounters lastIn = _ppe.LastRead(answer.Handle);
        FoeCounters countsOut = Read(handle, nowMs, out bool isOutBound);
        FoeCounters countsIn = Read(answer.Handle, nowMs, out bool isInBound);
        uint idleMs = Math.Min((uint)nowMs - countsOut.LastSeenMs, (uint)nowMs - countsIn.LastSeenMs);
        AdoptedFlow flow = FlowOf(in entry, in countsOut, in countsIn, idleMs);
        if (!isOutBound || !isInBound || answer.Entry.NewDstAddr != entry.SrcAddr || answer.Entry.NewDstPortBe != entry.SrcPortBe
            || adopter.Adopt(in flow, out AdoptedPlace place) != SnapshotRefusal.None)
        {
            TakeOut(answer.Handle);
            return false;
        }

        // A flow of the snapshot has in its counters what was read before it was written; one made now, all.
        if (place.WasKnown)
            Keep(stage, place, handle, answer.Handle, in lastOut, in lastIn);
        else
            Keep(stage, place, handle, answer.Handle, in countsOut, in countsIn);
        return true;
    }

    private void Keep(OffloadStage stage, AdoptedPlace place, FoeHandle handleOut, FoeHandle handleIn, ref readonly FoeCounters countsOut, ref readonly FoeCounters countsIn)
    {
        ShardState shard = _shards[place.ShardIndex];
        uint user = place.IsIpv6 ? shard.Ipv6.Flows.Flow(place.FlowIndex).UserIndex : shard.Flows.Flow(place.FlowIndex).UserIndex;
        FlowCookie cookie = shard.Offload!.Adopt(place.IsIpv6, place.FlowIndex);
        stage.Adopt(cookie, shard.Users.PolicyBase + user, handleOut, handleIn, in countsOut, in countsIn);
    }

    // Both flows are made; the entry, which is of both, is not kept: the shards offer them again.
    private static bool TryAdoptHairpin(FlowAdopter adopter, ref readonly FoeEntry entry)
    {
        AdoptedFlow sender = FlowOf(in entry, default, default, idleMs: 0);
        AdoptedFlow receiver = sender with
        {
            Inside = entry.NewDstAddr,
            InsidePortBe = entry.NewDstPortBe,
            External = entry.DstAddr,
            ExternalPortBe = entry.DstPortBe,
            Remote = entry.NewSrcAddr,
            RemotePortBe = entry.NewSrcPortBe,
        };
        return adopter.Adopt(in sender, out _) == SnapshotRefusal.None & adopter.Adopt(in receiver, out _) == SnapshotRefusal.None;
    }

    private static AdoptedFlow FlowOf(ref readonly FoeEntry entry, in FoeCounters countsOut, in FoeCounters countsIn, uint idleMs) => new(
        entry.SrcAddr,
        entry.DstAddr,
        entry.NewSrcAddr,
        entry.SrcPortBe,
        entry.DstPortBe,
        entry.NewSrcPortBe,
        ZoneOf(in entry),
        entry.Protocol,
        countsOut.Packets,
        countsOut.Bytes,
        countsIn.Packets,
        countsIn.Bytes,
        idleMs);

    private FoeCounters Read(FoeHandle handle, long nowMs, out bool isBound)
    {
        Span<FoeCounters> counters = stackalloc FoeCounters[1];
        Span<bool> bound = stackalloc bool[1];
        _ppe.ReadCounters([handle], counters, bound, (uint)nowMs);
        isBound = bound[0];
        return counters[0];
    }

    // A packet under way may still count on it: nobody reads that any more.
    private void TakeOut(FoeHandle handle)
    {
        _ppe.Unbind([handle]);
        _ppe.Release([handle]);
    }

    private ushort FreeGeneration()
    {
        HashSet<ushort> taken = [.. _out.Select(static one => one.Entry.LinkGeneration), .. _in.Values.Select(static one => one.Entry.LinkGeneration)];
        ushort generation = (ushort)(taken.DefaultIfEmpty().Max() + 1);
        while (taken.Contains(generation))
            generation++;
        return generation;
    }

    // Both directions' entries have the external and the remote end.
    private readonly record struct PairKey(Ipv6Address External, Ipv6Address Remote, ushort ExternalPortBe, ushort RemotePortBe, byte Protocol)
    {
        internal static PairKey OfOut(ref readonly FoeEntry entry) =>
            new(entry.NewSrcAddr, entry.DstAddr, entry.NewSrcPortBe, entry.DstPortBe, entry.Protocol);

        internal static PairKey OfIn(ref readonly FoeEntry entry) =>
            new(entry.DstAddr, entry.SrcAddr, entry.DstPortBe, entry.SrcPortBe, entry.Protocol);
    }
}
