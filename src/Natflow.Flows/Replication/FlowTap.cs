using System.Runtime.InteropServices;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows.Replication;

/// <summary>Tells flows of IPv4.</summary>
internal sealed class FlowTap(ShardState shard) : IDisposable
{
    private readonly NativeArray<ulong> _sent = new(shard.Flows.Capacity);

    internal long RecordCount { get; private set; }

    internal void Clear() => _sent.Span.Clear();

    internal int Look(uint index, long nowMs, long ageMs, bool isLast, Span<byte> output)
    {
        ref FlowRecord flow = ref shard.Flows.Flow(index);
        ulong sent = _sent[index];
        bool isOldEnough = flow.State != FlowState.None && nowMs - shard.Flows.Cold(index).CreatedMs >= ageMs;
        if (!isOldEnough)
        {
            // The place is free, or a flow's that is not told yet: of the one before only the end is.
            if (sent == 0 || (flow.State != FlowState.None && SentWord.IsOf(sent, IdentityOf(in flow))))
                return 0;
            _sent[index] = 0;
            RecordCount++;
            MemoryMarshal.Write(output, new ReplicationHead { Kind = ReplicationKind.FlowEnd, SourceIndex = index });
            return ReplicationHead.SizeBytes;
        }

        ulong word = SentWord.OfFlow(IdentityOf(in flow), flow.State, flow.LastSeenMs);
        if (SentWord.IsCurrent(sent, word, isLast))
            return 0;
        _sent[index] = word;
        RecordCount++;
        MemoryMarshal.Write(output, new ReplicatedFlow
        {
            Head = new ReplicationHead { Kind = ReplicationKind.Flow, SourceIndex = index },
            Flow = ShardSnapshot.RecordOf(shard, index, nowMs),
        });
        return ReplicatedFlow.SizeBytes;
    }

    public void Dispose() => _sent.Dispose();

    private static ulong IdentityOf(in FlowRecord flow) => SentWord.Mix(
        flow.InsideAddrBe | ((ulong)flow.RemoteAddrBe << 32),
        flow.InsidePortBe | ((ulong)flow.RemotePortBe << 16) | ((ulong)flow.ExternalPortBe << 32) | ((ulong)flow.Protocol << 48));
}
