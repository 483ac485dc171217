using System.Runtime.InteropServices;
using Natflow.Flows.Pcp;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Memory;

namespace Natflow.Flows.Replication;

/// <summary>Tells the leases of port control: each when it is given or renewed, and now and then, so that one which the standby could not take yet is taken later.</summary>
internal sealed class LeaseTap(ShardState shard) : IDisposable
{
    private const int AgainShift = 16; // Each 65.5 s.

    private readonly NativeArray<ulong> _sent = new(Math.Max(1, shard.Pcp?.LeaseCapacity ?? 0));

    internal long RecordCount { get; private set; }

    /// <summary>Highest index to look at, plus one.</summary>
    internal uint UsedIndexEnd => shard.Pcp?.LeaseIndexEnd ?? 0;

    internal void Clear() => _sent.Span.Clear();

    internal int Look(uint index, long nowMs, Span<byte> output)
    {
        if (shard.Pcp is not { } pcp || !pcp.TryRead(index, nowMs, out PcpLease lease, out long untilMs))
            return WriteEnd(index, output);
        ulong word = SentWord.Mark | SentWord.Mix(
            lease.InsideAddrBe | ((ulong)lease.RemoteAddrBe << 32),
            SentWord.Mix(lease.InsidePortBe | ((ulong)lease.ExternalPortBe << 16) | ((ulong)lease.RemotePortBe << 32) | ((ulong)lease.Protocol << 48) | ((ulong)lease.Opcode << 56), lease.Nonce.High ^ lease.Nonce.Low)
            ^ (ulong)untilMs ^ ((ulong)(nowMs >> AgainShift) << 40));
        if (word == _sent[index])
            return 0;
        _sent[index] = word;
        RecordCount++;
        MemoryMarshal.Write(output, new ReplicatedLease
        {
            Head = new ReplicationHead { Kind = ReplicationKind.Lease, SourceIndex = index },
            Lease = ShardSnapshot.RecordOf(in lease),
        });
        return ReplicatedLease.SizeBytes;
    }

    public void Dispose() => _sent.Dispose();

    private int WriteEnd(uint index, Span<byte> output)
    {
        if (_sent[index] == 0)
            return 0;
        _sent[index] = 0;
        RecordCount++;
        MemoryMarshal.Write(output, new ReplicationHead { Kind = ReplicationKind.LeaseEnd, SourceIndex = index });
        return ReplicationHead.SizeBytes;
    }
}
