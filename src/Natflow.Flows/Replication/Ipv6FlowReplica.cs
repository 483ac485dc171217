using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows.Replication;

/// <summary>Keeps the IPv6 flows of a shard as the owner has them.</summary>
/// <remarks>The shard's thread.</remarks>
internal sealed class Ipv6FlowReplica : IDisposable
{
    private readonly ShardState _shard;
    private readonly NativeArray<uint> _localOf; // The flow here, by the owner's index.

    internal Ipv6FlowReplica(ShardState shard)
    {
        _shard = shard;
        _localOf = new NativeArray<uint>(shard.Ipv6.Flows.Capacity);
        Clear();
    }

    internal void Clear() => _localOf.Span.Fill(FlowTable.None);

    internal SnapshotRefusal Take(ShardRestorer restorer, uint source, in SnapshotIpv6Flow record, long nowMs)
    {
        if (source >= (uint)_shard.Ipv6.Flows.Capacity || !Enum.IsDefined(record.State) || record.State == FlowState.None)
            return SnapshotRefusal.Invalid;
        uint local = _localOf[source];
        var key = new Ipv6FlowKey(record.Inside, record.Remote, record.InsidePortBe, record.RemotePortBe, record.Zone, record.Protocol, Side.Lan);
        if (local != FlowTable.None && _shard.Ipv6.Flows.Flow(local).State != FlowState.None && _shard.Ipv6.Flows.Flow(local).Key() == key)
        {
            ref Ipv6FlowRecord flow = ref _shard.Ipv6.Flows.Flow(local);
            flow.State = record.State;
            flow.LastSeenMs = (uint)nowMs - record.IdleMs;
            (flow.BytesOut, flow.BytesIn, flow.PacketsOut, flow.PacketsIn) = (record.BytesOut, record.BytesIn, record.PacketsOut, record.PacketsIn);
            return SnapshotRefusal.None; // Its timer finds out by itself when it is due.
        }

        if (local != FlowTable.None)
            _ = End(source, nowMs);
        SnapshotRefusal refusal = restorer.Take(in record);
        if (refusal == SnapshotRefusal.None)
            _localOf[source] = _shard.Ipv6.Flows.Find(in key);
        return refusal;
    }

    // What a flow had counted is in its user's figures, which are told too: it is not to be counted twice.
    internal SnapshotRefusal End(uint source, long nowMs)
    {
        if (source >= (uint)_shard.Ipv6.Flows.Capacity)
            return SnapshotRefusal.Invalid;
        uint local = _localOf[source];
        _localOf[source] = FlowTable.None;
        if (local == FlowTable.None || _shard.Ipv6.Flows.Flow(local).State == FlowState.None)
            return SnapshotRefusal.None;
        ref Ipv6FlowRecord flow = ref _shard.Ipv6.Flows.Flow(local);
        flow.BytesOut = flow.BytesIn = flow.PacketsOut = flow.PacketsIn = 0;
        _shard.Ipv6.End(local, nowMs);
        return SnapshotRefusal.None;
    }

    public void Dispose() => _localOf.Dispose();
}
