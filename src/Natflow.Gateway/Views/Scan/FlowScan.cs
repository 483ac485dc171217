using System.Buffers.Binary;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Offers;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;

namespace Natflow.Gateway.Views.Scan;

/// <summary>A shard's flows.</summary>
internal readonly struct FlowScan(ShardState state, FlowFilter filter, FlowOrder order, long nowMs) : IScanTable<FlowView>
{
    /// <inheritdoc />
    public uint End => state.Flows.UsedIndexEnd;

    /// <inheritdoc />
    public bool Matches(uint index)
    {
        ref FlowRecord flow = ref state.Flows.Flow(index);
        return flow.State != FlowState.None && filter.Matches(in flow)
            && (filter.Offload is not { } reason || (state.Offload?.ReasonOf(isIpv6: false, index) ?? OffloadReason.Disabled) == reason);
    }

    /// <inheritdoc />
    public long KeyOf(uint index)
    {
        ref FlowRecord flow = ref state.Flows.Flow(index);
        return order switch
        {
            FlowOrder.Bytes => TableScan.Key(flow.BytesOut + flow.BytesIn),
            FlowOrder.BytesOut => TableScan.Key(flow.BytesOut),
            FlowOrder.BytesIn => TableScan.Key(flow.BytesIn),
            FlowOrder.Packets => TableScan.Key(PacketsOut(index, in flow) + PacketsIn(index, in flow)),
            FlowOrder.Age => nowMs - state.Flows.Cold(index).CreatedMs,
            FlowOrder.Idle => (uint)nowMs - flow.LastSeenMs,
            FlowOrder.Inside => Endpoint(flow.InsideAddrBe, flow.InsidePortBe),
            _ => Endpoint(flow.RemoteAddrBe, flow.RemotePortBe),
        };
    }

    /// <inheritdoc />
    public ScanSums SumsOf(uint index)
    {
        ref FlowRecord flow = ref state.Flows.Flow(index);
        return new ScanSums(1, 1, PacketsOut(index, in flow), PacketsIn(index, in flow), flow.BytesOut, flow.BytesIn);
    }

    /// <inheritdoc />
    public FlowView View(uint index) => FlowView.Of(state, index, nowMs);

    /// <summary>An address and a port as one number in the order people expect.</summary>
    internal static long Endpoint(uint addressBe, ushort portBe) =>
        ((long)BinaryPrimitives.ReverseEndianness(addressBe) << 16) | BinaryPrimitives.ReverseEndianness(portBe);

    private ulong PacketsOut(uint index, ref readonly FlowRecord flow) => flow.PacketsOutLow | ((ulong)state.Flows.Cold(index).PacketsOutHigh << 32);

    private ulong PacketsIn(uint index, ref readonly FlowRecord flow) => flow.PacketsInLow | ((ulong)state.Flows.Cold(index).PacketsInHigh << 32);
}
