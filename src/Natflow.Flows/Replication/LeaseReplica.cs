using Natflow.Core;
using Natflow.Flows.Pcp;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows.Replication;

/// <summary>Keeps the leases of port control of a shard as the owner has them: an endpoint that was granted stays so, until the moment that its client was told.</summary>
/// <remarks>The shard's thread.</remarks>
internal sealed class LeaseReplica : IDisposable
{
    private readonly ShardState _shard;
    private readonly NativeArray<uint> _localOf; // The lease here, by the owner's index.
    private readonly NativeArray<uint> _sourceOf; // Whose it is: a lease that follows another is not ended with that one.

    internal LeaseReplica(ShardState shard)
    {
        _shard = shard;
        int capacity = Math.Max(1, shard.Pcp?.LeaseCapacity ?? 0);
        _localOf = new NativeArray<uint>(capacity);
        _sourceOf = new NativeArray<uint>(capacity);
        Forget();
    }

    /// <summary>Ends all: what follows is a whole copy.</summary>
    internal void Clear(long nowMs)
    {
        Forget();
        for (uint index = 0; index < (_shard.Pcp?.LeaseIndexEnd ?? 0); index++)
            _shard.Pcp!.EndAt(index, nowMs);
    }

    internal SnapshotRefusal Take(uint source, in SnapshotLease record, long nowMs)
    {
        if (_shard.Pcp is not { } pcp)
            return SnapshotRefusal.NotConfigured;
        if (source >= (uint)_localOf.Length || record.Opcode is not (PcpOpcode.Map or PcpOpcode.Peer) || record.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
            return SnapshotRefusal.Invalid;
        if (record.RemainingSeconds == 0)
            return SnapshotRefusal.Expired;
        PcpLease lease = record.ToLease(record.RemainingSeconds);
        if (_localOf[source] is not FlowTable.None and uint local && (_sourceOf[local] != source || !pcp.IsAt(local, in lease)))
            _ = End(source, nowMs); // The place has gone to another.
        if (pcp.TryKeep(in lease, nowMs, out uint kept) != PcpResult.Success)
            return SnapshotRefusal.Taken;
        _localOf[source] = kept;
        _sourceOf[kept] = source;
        return SnapshotRefusal.None;
    }

    internal SnapshotRefusal End(uint source, long nowMs)
    {
        if (source >= (uint)_localOf.Length)
            return SnapshotRefusal.Invalid;
        uint local = _localOf[source];
        _localOf[source] = FlowTable.None;
        if (local == FlowTable.None || _sourceOf[local] != source)
            return SnapshotRefusal.None;
        _sourceOf[local] = FlowTable.None;
        _shard.Pcp?.EndAt(local, nowMs);
        return SnapshotRefusal.None;
    }

    public void Dispose()
    {
        _localOf.Dispose();
        _sourceOf.Dispose();
    }

    private void Forget()
    {
        _localOf.Span.Fill(FlowTable.None);
        _sourceOf.Span.Fill(FlowTable.None);
    }
}
