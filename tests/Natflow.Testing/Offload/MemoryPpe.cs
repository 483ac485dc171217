using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Users;
using Natflow.Offload.Model;

namespace Natflow.Testing.Offload;

/// <summary>A PPE without a wire: it keeps entries; the test plays their traffic, or hands it frames.</summary>
public sealed class MemoryPpe(int capacityEntries, PolicyTable policies, PpeFeatures features = (PpeFeatures)2047) : IAdoptablePpe
{
    private readonly Dictionary<uint, Place> _places = [];
    private uint _next;

    /// <inheritdoc />
    public string Name => "memory";

    /// <inheritdoc />
    public PpeFeatures Supports => features;

    /// <inheritdoc />
    public int CapacityEntries => capacityEntries;

    /// <inheritdoc />
    public int CountEntries => _places.Count;

    /// <inheritdoc />
    public int GraceMs => 10;

    /// <summary>Next binds end so, instead of being bound.</summary>
    public PpeResult? Refusal { get; set; }

    /// <summary>Of entries on this side alone; null for both.</summary>
    public Side? RefusedSide { get; set; }

    /// <inheritdoc />
    public bool IsAdopted { get; private set; }

    /// <summary>Ways set.</summary>
    public Dictionary<ushort, PathRecord> Links { get; } = [];

    /// <summary>Entries that would forward now, out of date ones left out.</summary>
    public IReadOnlyList<FoeEntry> Forwarding => [.. _places.Values.Where(Forwards).Select(static place => place.Entry)];

    /// <inheritdoc />
    public void Bind(ReadOnlySpan<FoeEntry> entries, Span<FoeHandle> handles, Span<PpeResult> results)
    {
        for (int i = 0; i < entries.Length; i++)
        {
            results[i] = Refusal is { } refusal && (RefusedSide ?? entries[i].Side) == entries[i].Side ? refusal
                : HasKey(in entries[i]) ? PpeResult.Duplicate : _places.Count >= capacityEntries ? PpeResult.TableFull : PpeResult.Bound;
            handles[i] = results[i] == PpeResult.Bound ? new FoeHandle(++_next) : FoeHandle.None;
            if (results[i] == PpeResult.Bound)
                _places.Add(_next, new Place { Entry = entries[i], IsBound = true });
        }
    }

    /// <inheritdoc />
    public void Unbind(ReadOnlySpan<FoeHandle> handles)
    {
        foreach (FoeHandle handle in handles)
        {
            if (_places.TryGetValue(handle.Value, out Place? place))
                place.IsBound = false;
        }
    }

    /// <inheritdoc />
    public void Release(ReadOnlySpan<FoeHandle> handles)
    {
        foreach (FoeHandle handle in handles)
            _places.Remove(handle.Value);
    }

    /// <inheritdoc />
    public void ReadCounters(ReadOnlySpan<FoeHandle> handles, Span<FoeCounters> counters, Span<bool> isBound, uint nowMs)
    {
        for (int i = 0; i < handles.Length; i++)
        {
            _ = _places.TryGetValue(handles[i].Value, out Place? place);
            counters[i] = place?.Counters ?? default;
            if (place is not null)
                place.LastRead = place.Counters;
            isBound[i] = place is { IsBound: true };
        }
    }

    /// <inheritdoc />
    public FoeHandle NextHandle(FoeHandle previous) =>
        new(_places.Keys.Where(key => key > previous.Value).DefaultIfEmpty().Min());

    /// <inheritdoc />
    public FoeCounters LastRead(FoeHandle handle) => _places.TryGetValue(handle.Value, out Place? place) ? place.LastRead : default;

    /// <inheritdoc />
    public void SetLink(ushort linkIndex, in PathRecord path) => Links[linkIndex] = path;

    /// <inheritdoc />
    public bool TryRead(FoeHandle handle, out FoeEntry entry)
    {
        bool isKnown = _places.TryGetValue(handle.Value, out Place? place);
        entry = isKnown ? place!.Entry : default;
        return isKnown;
    }

    /// <summary>Plays packets of the entry that takes them.</summary>
    /// <returns>False when it would punt them, or a meter drops them.</returns>
    public bool TryPlay(Func<FoeEntry, bool> isWanted, int packets, uint bytes, long nowMs)
    {
        Place? place = _places.Values.FirstOrDefault(candidate => Forwards(candidate) && isWanted(candidate.Entry));
        if (place is null)
            return false;
        for (int i = 0; i < packets; i++)
        {
            if (Meter.TrySpend(ref policies[place.Entry.PolicyIndex], place.Entry.Side, bytes, nowMs))
                place.Counters = new FoeCounters(place.Counters.Packets + 1, place.Counters.Bytes + bytes, (uint)nowMs);
        }

        return true;
    }

    /// <summary>Packets that left by <see cref="Receive"/>.</summary>
    public ulong ForwardedCount { get; private set; }

    /// <summary>Takes a frame as it arrives; link headers stay as they are.</summary>
    /// <param name="frame">Any bytes.</param>
    /// <param name="side">Where it arrives.</param>
    /// <param name="nowMs">Clock, ms.</param>
    /// <param name="left">What left, where it was forwarded.</param>
    /// <param name="egress">And where.</param>
    public PpeVerdict Receive(byte[] frame, Side side, long nowMs, out byte[] left, out Side egress)
    {
        left = [];
        egress = default;
        if (!EntryRewrite.TryReadKey(frame, side, out FoeEntry key))
            return PpeVerdict.Punted;
        Place? place = _places.Values.FirstOrDefault(candidate => Forwards(candidate) && candidate.Entry.Side == side && candidate.Entry.Protocol == key.Protocol
            && candidate.Entry.SrcAddr == key.SrcAddr && candidate.Entry.DstAddr == key.DstAddr
            && candidate.Entry.SrcPortBe == key.SrcPortBe && candidate.Entry.DstPortBe == key.DstPortBe);
        int bytes = EntryRewrite.L3Bytes(frame);
        if (place is null || bytes > Links[place.Entry.LinkIndex].MtuBytes)
            return PpeVerdict.Punted;
        if (!Meter.TrySpend(ref policies[place.Entry.PolicyIndex], side, (uint)bytes, nowMs))
            return PpeVerdict.Dropped;
        place.Counters = new FoeCounters(place.Counters.Packets + 1, place.Counters.Bytes + (ulong)bytes, (uint)nowMs);
        ForwardedCount++;
        left = EntryRewrite.Apply(frame, in place.Entry);
        egress = (Side)Links[place.Entry.LinkIndex].PortIndex;
        return PpeVerdict.Forwarded;
    }

    /// <summary>Somebody else clears the table.</summary>
    public void Clear() => _places.Clear();

    /// <summary>The gateway is gone; its entries stay for the next one.</summary>
    public void Outlive() => IsAdopted = true;

    /// <inheritdoc />
    public void Dispose()
    {
        if (!IsAdopted)
            _places.Clear();
    }

    private bool HasKey(ref readonly FoeEntry wanted)
    {
        FoeEntry entry = wanted;
        return _places.Values.Any(place => place.IsBound && place.Entry.SrcAddr == entry.SrcAddr && place.Entry.DstAddr == entry.DstAddr
            && place.Entry.SrcPortBe == entry.SrcPortBe && place.Entry.DstPortBe == entry.DstPortBe
            && place.Entry.Protocol == entry.Protocol && place.Entry.Zone == entry.Zone);
    }

    private bool Forwards(Place place)
    {
        PathRecord link = Links.GetValueOrDefault(place.Entry.LinkIndex);
        ref PolicyRecord policy = ref policies[place.Entry.PolicyIndex];
        if (!features.HasFlag(PpeFeatures.Generations))
            return place.IsBound && link.MtuBytes != 0;
        return place.IsBound && link.MtuBytes != 0 && link.Generation == place.Entry.LinkGeneration
            && policy.Generation == place.Entry.PolicyGeneration && policy.Verdict == Verdict.Forward;
    }

    private sealed class Place
    {
        internal FoeEntry Entry;
        internal bool IsBound;
        internal FoeCounters Counters;
        internal FoeCounters LastRead;
    }
}
