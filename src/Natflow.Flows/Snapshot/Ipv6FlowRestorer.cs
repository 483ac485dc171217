using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;

namespace Natflow.Flows.Snapshot;

/// <summary>Takes flows of IPv6 over: where they were mapped, with the public endpoint they had, or not at all.</summary>
internal sealed class Ipv6FlowRestorer(ShardState shard, SnapshotReport report, long nowMs)
{
    private const Ipv6FlowFlags Kept = Ipv6FlowFlags.StartedOutside | Ipv6FlowFlags.InboundRefresh;

    private readonly Ipv6State _ipv6 = shard.Ipv6;
    private readonly Ipv6FlowOpener _opener = new(shard);

    /// <summary>Takes one.</summary>
    internal SnapshotRefusal Take(in SnapshotIpv6Flow record)
    {
        long idleMs = record.IdleMs + report.AwayMs;
        if (!Enum.IsDefined(record.State) || record.State == FlowState.None)
            return SnapshotRefusal.Invalid;
        if (idleMs >= shard.TimeoutsMs[(int)record.State])
            return SnapshotRefusal.Expired;
        var key = new Ipv6FlowKey(record.Inside, record.Remote, record.InsidePortBe, record.RemotePortBe, record.Zone, record.Protocol, Side.Lan);
        if (_ipv6.Flows.Find(in key) != FlowTable.None)
            return SnapshotRefusal.Taken;
        Ipv6Address subscriber = _ipv6.SubscriberKey(key.Inside);
        uint index = _ipv6.Subscribers.FindOrAdd(in subscriber, record.Zone, nowMs, out _);
        if (index == FlowTable.None || _ipv6.Flows.Count == _ipv6.Flows.Capacity
            || shard.Users[_ipv6.Subscribers[index].UserIndex].FlowCount >= (uint)shard.Settings.FlowsPerUserMax)
        {
            return SnapshotRefusal.Limit;
        }

        SnapshotRefusal refusal = TryClaim(in record, in key, out uint mappingIndex);
        return refusal == SnapshotRefusal.None ? Insert(in record, _ipv6.Subscribers[index].UserIndex, mappingIndex, idleMs) : refusal;
    }

    private SnapshotRefusal TryClaim(in SnapshotIpv6Flow record, in Ipv6FlowKey key, out uint mappingIndex)
    {
        mappingIndex = FlowTable.None;
        if (record.External.IsUnspecified != (_ipv6.Nat66 is null))
            return SnapshotRefusal.NotConfigured;
        if (_ipv6.Nat66 is not { } nat66)
            return SnapshotRefusal.None;
        if (nat66.IndexOf(record.External) < 0)
            return SnapshotRefusal.NotConfigured;
        mappingIndex = nat66.Find(in key);
        if (mappingIndex == FlowTable.None)
            return nat66.TryAddExact(in key, record.External, record.ExternalPortBe, out mappingIndex) ? SnapshotRefusal.None : SnapshotRefusal.Taken;
        ref Nat66Mapping mapping = ref nat66[mappingIndex];
        bool fits = nat66.AddressOf(in mapping) == record.External && mapping.ExternalPortBe == record.ExternalPortBe;
        return fits ? SnapshotRefusal.None : SnapshotRefusal.Taken;
    }

    // Of an unknown path, and not of its generation: the way is looked for at the flow's next packet.
    private SnapshotRefusal Insert(in SnapshotIpv6Flow record, uint userIndex, uint mappingIndex, long idleMs)
    {
        var flow = new Ipv6FlowRecord
        {
            Inside = record.Inside,
            Remote = record.Remote,
            InsidePortBe = record.InsidePortBe,
            RemotePortBe = record.RemotePortBe,
            Zone = record.Zone,
            Protocol = record.Protocol,
            State = record.State,
            LastSeenMs = (uint)(nowMs - idleMs),
            UserIndex = userIndex,
            BytesOut = record.BytesOut,
            BytesIn = record.BytesIn,
            PacketsOut = record.PacketsOut,
            PacketsIn = record.PacketsIn,
            PolicyStamp = shard.Users.Gate(userIndex).PolicyStamp,
            PathIndex = PathTable.PerPacket,
            PathGeneration = (ushort)(shard.Paths[PathTable.PerPacket].Generation - 1),
            Flags = (record.Flags & Kept) | (_opener.IsTranslated(record.Inside) ? Ipv6FlowFlags.Translated : Ipv6FlowFlags.None),
            MappingIndex = mappingIndex,
            CreatedMs = nowMs - Math.Clamp(record.AgeMs, 0, uint.MaxValue * 1000L) - report.AwayMs,
        };
        if (_opener.Insert(in flow, nowMs, out _) != DropReason.None)
            return SnapshotRefusal.Limit;
        report.Ipv6FlowCount++;
        return SnapshotRefusal.None;
    }
}
