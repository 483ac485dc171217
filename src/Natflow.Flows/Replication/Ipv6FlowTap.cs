using System.Runtime.InteropServices;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Memory;

namespace Natflow.Flows.Replication;

/// <summary>Tells flows of IPv6.</summary>
internal sealed class Ipv6FlowTap(ShardState shard) : IDisposable
{
    private readonly NativeArray<ulong> _sent = new(shard.Ipv6.Flows.Capacity);

    internal long RecordCount { get; private set; }

    internal void Clear() => _sent.Span.Clear();

    internal int Look(uint index, long nowMs, long ageMs, bool isLast, Span<byte> output)
    {
        ref Ipv6FlowRecord flow = ref shard.Ipv6.Flows.Flow(index);
        ulong sent = _sent[index];
        if (flow.State == FlowState.None || nowMs - flow.CreatedMs < ageMs)
        {
            if (sent == 0 || (flow.State != FlowState.None && SentWord.IsOf(sent, IdentityOf(in flow))))
                return 0;
            _sent[index] = 0;
            RecordCount++;
            MemoryMarshal.Write(output, new ReplicationHead { Kind = ReplicationKind.Ipv6FlowEnd, SourceIndex = index });
            return ReplicationHead.SizeBytes;
        }

        ulong word = SentWord.OfFlow(IdentityOf(in flow), flow.State, flow.LastSeenMs);
        if (SentWord.IsCurrent(sent, word, isLast))
            return 0;
        _sent[index] = word;
        RecordCount++;
        MemoryMarshal.Write(output, new ReplicatedIpv6Flow
        {
            Head = new ReplicationHead { Kind = ReplicationKind.Ipv6Flow, SourceIndex = index },
            Flow = ShardSnapshot.RecordOf(shard, in flow, nowMs),
        });
        return ReplicatedIpv6Flow.SizeBytes;
    }

    public void Dispose() => _sent.Dispose();

    private static ulong IdentityOf(in Ipv6FlowRecord flow) => SentWord.Mix(
        SentWord.Mix(flow.Inside.HighBe, flow.Inside.LowBe) ^ flow.InsidePortBe,
        SentWord.Mix(flow.Remote.HighBe, flow.Remote.LowBe) ^ ((ulong)flow.RemotePortBe << 16) ^ ((ulong)flow.Protocol << 32));
}
