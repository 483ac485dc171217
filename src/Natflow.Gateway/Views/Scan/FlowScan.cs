using System.Buffers.Binary;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Offers;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;

namespace Natflow.Gateway.Views.Scan;

/// <summary>A shard's flows: those of IPv4, behind them those of IPv6. Where the first table grows meanwhile, some of the second are seen twice or not at all.</summary>
internal readonly struct FlowScan(ShardState state, FlowFilter filter, FlowOrder order, long nowMs) : IScanTable<FlowView>
{
    // Keys of IPv6 endpoints lie above all of IPv4; of an address the upper bits are compared.
    private const long Ipv6Key = 1L << 62;
    private const int Ipv6KeyShift = 66;

    private readonly uint _ipv6Start = state.Flows.UsedIndexEnd;

    /// <inheritdoc />
    public uint End => _ipv6Start + state.Ipv6.Flows.UsedIndexEnd;

    /// <inheritdoc />
    public bool Matches(uint index)
    {
        bool isIpv6 = index >= _ipv6Start;
        if (isIpv6)
        {
            ref Ipv6FlowRecord flow = ref state.Ipv6.Flows.Flow(index - _ipv6Start);
            if (flow.State == FlowState.None || !filter.Matches(state, in flow))
                return false;
        }
        else
        {
            ref FlowRecord flow = ref state.Flows.Flow(index);
            if (flow.State == FlowState.None || !filter.Matches(in flow))
                return false;
        }

        return filter.Offload is not { } reason
            || (state.Offload?.ReasonOf(isIpv6, isIpv6 ? index - _ipv6Start : index) ?? OffloadReason.Disabled) == reason;
    }

    /// <inheritdoc />
    public long KeyOf(uint index)
    {
        if (order is FlowOrder.Bytes or FlowOrder.BytesOut or FlowOrder.BytesIn or FlowOrder.Packets)
        {
            ScanSums sums = SumsOf(index);
            return TableScan.Key(order switch
            {
                FlowOrder.Bytes => sums.BytesOut + sums.BytesIn,
                FlowOrder.BytesOut => sums.BytesOut,
                FlowOrder.BytesIn => sums.BytesIn,
                _ => sums.PacketsOut + sums.PacketsIn,
            });
        }

        return index >= _ipv6Start ? KeyOfIpv6(in state.Ipv6.Flows.Flow(index - _ipv6Start)) : KeyOfIpv4(index);
    }

    /// <inheritdoc />
    public ScanSums SumsOf(uint index)
    {
        if (index >= _ipv6Start)
        {
            ref Ipv6FlowRecord ipv6 = ref state.Ipv6.Flows.Flow(index - _ipv6Start);
            return new ScanSums(1, 1, ipv6.PacketsOut, ipv6.PacketsIn, ipv6.BytesOut, ipv6.BytesIn);
        }

        ref FlowRecord flow = ref state.Flows.Flow(index);
        ref FlowColdRecord cold = ref state.Flows.Cold(index);
        return new ScanSums(1, 1, flow.PacketsOutLow | ((ulong)cold.PacketsOutHigh << 32), flow.PacketsInLow | ((ulong)cold.PacketsInHigh << 32), flow.BytesOut, flow.BytesIn);
    }

    /// <inheritdoc />
    public FlowView View(uint index) => index >= _ipv6Start ? FlowView.OfIpv6(state, index - _ipv6Start, nowMs) : FlowView.Of(state, index, nowMs);

    /// <summary>An IPv4 address and a port as one number in the order people expect.</summary>
    internal static long Endpoint(uint addressBe, ushort portBe) =>
        ((long)BinaryPrimitives.ReverseEndianness(addressBe) << 16) | BinaryPrimitives.ReverseEndianness(portBe);

    private long KeyOfIpv4(uint index)
    {
        ref FlowRecord flow = ref state.Flows.Flow(index);
        return order switch
        {
            FlowOrder.Age => nowMs - state.Flows.Cold(index).CreatedMs,
            FlowOrder.Idle => (uint)nowMs - flow.LastSeenMs,
            FlowOrder.Inside => Endpoint(flow.InsideAddrBe, flow.InsidePortBe),
            _ => Endpoint(flow.RemoteAddrBe, flow.RemotePortBe),
        };
    }

    private long KeyOfIpv6(ref readonly Ipv6FlowRecord flow) => order switch
    {
        FlowOrder.Age => nowMs - flow.CreatedMs,
        FlowOrder.Idle => (uint)nowMs - flow.LastSeenMs,
        FlowOrder.Inside => Ipv6Key | (long)(flow.Inside.ToUInt128() >> Ipv6KeyShift),
        _ => Ipv6Key | (long)(flow.Remote.ToUInt128() >> Ipv6KeyShift),
    };
}
