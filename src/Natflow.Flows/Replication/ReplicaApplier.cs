using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows.Replication;

/// <summary>
/// Keeps a shard that another node owns as that node has it. The tables are the living ones: to take over is to begin to forward. Each record is judged
/// as one of a snapshot is; any bytes give a result.
/// </summary>
/// <remarks>The shard's thread. Nothing else changes the shard meanwhile: no frames, no expiry.</remarks>
public sealed class ReplicaApplier : IDisposable
{
    private readonly ShardState _shard;
    private readonly NativeArray<uint> _localOf; // The flow here, by the owner's index.
    private readonly Ipv6FlowReplica _ipv6Flows;
    private readonly UserReplica _users;
    private readonly LeaseReplica _leases;
    private readonly Dictionary<uint, uint> _standIns = [];

    /// <summary>A copy of nothing.</summary>
    /// <param name="shard">The shard.</param>
    public ReplicaApplier(ShardState shard)
    {
        ArgumentNullException.ThrowIfNull(shard);
        _shard = shard;
        _localOf = new NativeArray<uint>(shard.Flows.Capacity);
        _localOf.Span.Fill(FlowTable.None);
        _ipv6Flows = new Ipv6FlowReplica(shard);
        _users = new UserReplica(shard);
        _leases = new LeaseReplica(shard);
    }

    /// <summary>Records taken.</summary>
    public long TakenCount { get; private set; }

    /// <summary>Records refused: not valid, over a limit, or not of this configuration.</summary>
    public long RefusedCount { get; private set; }

    /// <summary>Empties the shard: what follows is a whole copy. O(flows and subscribers).</summary>
    /// <param name="nowMs">Shard clock, ms.</param>
    public void Reset(long nowMs)
    {
        _localOf.Span.Fill(FlowTable.None);
        _ipv6Flows.Clear();
        _standIns.Clear();
        _leases.Clear(nowMs);
        for (uint index = 0; index < _shard.Flows.UsedIndexEnd; index++)
        {
            if (_shard.Flows.Flow(index).State != FlowState.None)
                _shard.End(index, nowMs);
        }

        for (uint index = 0; index < _shard.Ipv6.Flows.UsedIndexEnd; index++)
        {
            if (_shard.Ipv6.Flows.Flow(index).State != FlowState.None)
                _shard.Ipv6.End(index, nowMs);
        }

        for (uint index = 0; index < _shard.Users.UsedIndexEnd; index++)
        {
            if (_shard.Users[index] is { AddressBe: not 0, FlowCount: 0 })
                _users.Remove(index, nowMs);
        }

        _shard.Blocks.ReleaseHeld(long.MaxValue);
    }

    /// <summary>Takes records.</summary>
    /// <param name="records">As a <see cref="ReplicationTap"/> wrote them.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <returns>False where the bytes are no records: what came before was taken.</returns>
    public bool Apply(ReadOnlySpan<byte> records, long nowMs)
    {
        _shard.Blocks.ReleaseHeld(nowMs + UserReplica.HoldEarlyMs);
        var restorer = new ShardRestorer(_shard, new SnapshotReport(), nowMs, _standIns);
        while (records.Length >= ReplicationHead.SizeBytes)
        {
            ReplicationHead head = MemoryMarshal.Read<ReplicationHead>(records);
            int size = SizeOf(head.Kind);
            if (size == 0 || records.Length < size)
                return false;
            if (Take(restorer, head, records, nowMs) == SnapshotRefusal.None)
                TakenCount++;
            else
                RefusedCount++;
            records = records[size..];
        }

        return records.Length == 0;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _localOf.Dispose();
        _ipv6Flows.Dispose();
        _leases.Dispose();
    }

    private static int SizeOf(ReplicationKind kind) => kind switch
    {
        ReplicationKind.User => ReplicatedUser.SizeBytes,
        ReplicationKind.Flow => ReplicatedFlow.SizeBytes,
        ReplicationKind.FlowEnd or ReplicationKind.Ipv6FlowEnd or ReplicationKind.LeaseEnd => ReplicationHead.SizeBytes,
        ReplicationKind.Subscriber => ReplicatedSubscriber.SizeBytes,
        ReplicationKind.Ipv6Flow => ReplicatedIpv6Flow.SizeBytes,
        ReplicationKind.Block => ReplicatedBlock.SizeBytes,
        ReplicationKind.Policy => ReplicatedPolicy.SizeBytes,
        ReplicationKind.UserEnd => ReplicatedUser.SizeBytes,
        ReplicationKind.Figures => ReplicatedFigures.SizeBytes,
        ReplicationKind.Lease => ReplicatedLease.SizeBytes,
        _ => 0,
    };

    private SnapshotRefusal Take(ShardRestorer restorer, ReplicationHead head, ReadOnlySpan<byte> record, long nowMs) => head.Kind switch
    {
        ReplicationKind.User => restorer.Take(in MemoryMarshal.AsRef<ReplicatedUser>(record).User),
        ReplicationKind.Subscriber => restorer.Take(in MemoryMarshal.AsRef<ReplicatedSubscriber>(record).Subscriber),
        ReplicationKind.Policy => _users.TakePolicy(restorer, in MemoryMarshal.AsRef<ReplicatedPolicy>(record).State, nowMs),
        ReplicationKind.Block => _users.TakeBlock(restorer, in MemoryMarshal.AsRef<ReplicatedBlock>(record).Block, nowMs),
        ReplicationKind.Figures => _users.TakeFigures(restorer, in MemoryMarshal.AsRef<ReplicatedFigures>(record).Figures),
        ReplicationKind.UserEnd => _users.End(restorer, in MemoryMarshal.AsRef<ReplicatedUser>(record).User, nowMs),
        ReplicationKind.Flow => TakeFlow(restorer, head.SourceIndex, in MemoryMarshal.AsRef<ReplicatedFlow>(record).Flow, nowMs),
        ReplicationKind.Ipv6Flow => _ipv6Flows.Take(restorer, head.SourceIndex, in MemoryMarshal.AsRef<ReplicatedIpv6Flow>(record).Flow, nowMs),
        ReplicationKind.Ipv6FlowEnd => _ipv6Flows.End(head.SourceIndex, nowMs),
        ReplicationKind.Lease => _leases.Take(head.SourceIndex, in MemoryMarshal.AsRef<ReplicatedLease>(record).Lease, nowMs),
        ReplicationKind.LeaseEnd => _leases.End(head.SourceIndex, nowMs),
        _ => EndFlow(head.SourceIndex, nowMs),
    };

    private SnapshotRefusal TakeFlow(ShardRestorer restorer, uint source, in SnapshotFlow told, long nowMs)
    {
        if (source >= (uint)_shard.Flows.Capacity || !FlowRestorer.IsSound(in told) || !restorer.TryTranslate(told.InsideAddrBe, out uint insideBe))
            return SnapshotRefusal.Invalid;
        SnapshotFlow record = told;
        record.InsideAddrBe = insideBe;
        uint local = _localOf[source];
        if (local != FlowTable.None && IsSame(in _shard.Flows.Flow(local), in record))
        {
            Update(local, in record, nowMs);
            return SnapshotRefusal.None;
        }

        if (local != FlowTable.None)
            _ = EndFlow(source, nowMs);
        SnapshotRefusal refusal = restorer.TakeTranslated(in record);
        if (refusal != SnapshotRefusal.None)
            return refusal;
        var key = new FlowKey(record.InsideAddrBe, record.RemoteAddrBe, record.InsidePortBe, record.RemotePortBe, record.Zone, record.Protocol, Side.Lan);
        uint slot = _shard.Flows.Find(in key, _shard.Hash.Of(in key));
        _localOf[source] = slot == FlowTable.None ? FlowTable.None : slot >> 1;
        return SnapshotRefusal.None;
    }

    private SnapshotRefusal EndFlow(uint source, long nowMs)
    {
        if (source >= (uint)_shard.Flows.Capacity)
            return SnapshotRefusal.Invalid;
        uint local = _localOf[source];
        _localOf[source] = FlowTable.None;
        if (local == FlowTable.None || _shard.Flows.Flow(local).State == FlowState.None)
            return SnapshotRefusal.None;
        ref FlowRecord flow = ref _shard.Flows.Flow(local);
        ref FlowColdRecord cold = ref _shard.Flows.Cold(local);
        flow.BytesOut = flow.BytesIn = 0;
        flow.PacketsOutLow = flow.PacketsInLow = cold.PacketsOutHigh = cold.PacketsInHigh = 0;
        _shard.End(local, nowMs);
        return SnapshotRefusal.None;
    }

    private static bool IsSame(in FlowRecord flow, in SnapshotFlow record) =>
        flow.InsideAddrBe == record.InsideAddrBe && flow.RemoteAddrBe == record.RemoteAddrBe && flow.ExternalAddrBe == record.ExternalAddrBe
        && flow.InsidePortBe == record.InsidePortBe && flow.RemotePortBe == record.RemotePortBe && flow.ExternalPortBe == record.ExternalPortBe
        && flow.Zone == record.Zone && flow.Protocol == record.Protocol;

    private void Update(uint local, in SnapshotFlow record, long nowMs)
    {
        ref FlowRecord flow = ref _shard.Flows.Flow(local);
        ref FlowColdRecord cold = ref _shard.Flows.Cold(local);
        flow.State = record.State;
        flow.LastSeenMs = (uint)nowMs - record.IdleMs;
        flow.BytesOut = record.BytesOut;
        flow.BytesIn = record.BytesIn;
        flow.PacketsOutLow = (uint)record.PacketsOut;
        flow.PacketsInLow = (uint)record.PacketsIn;
        cold.PacketsOutHigh = (uint)(record.PacketsOut >> 32);
        cold.PacketsInHigh = (uint)(record.PacketsIn >> 32);
        _shard.Wheel.Unschedule(local);
        _shard.Schedule(local, nowMs - record.IdleMs);
    }
}
