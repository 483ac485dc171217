using System.Buffers.Binary;
using Natflow.Flows;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Offers;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;

namespace Natflow.Gateway.Views;

/// <summary>Reads a shard's tables in pages. Owner thread of the shard, between two bursts: each call looks at a bounded number of entries.</summary>
internal static class TablePages
{
    private const uint EntriesPerCall = 4096;
    private const uint Ipv6Bit = 1u << 31;

    internal static Page<FlowView> Flows(ShardState state, FlowPageRequest request, long nowMs) =>
        (request.From & Ipv6Bit) == 0 ? Ipv4Flows(state, request, nowMs) : Ipv6Flows(state, request, nowMs);

    private static Page<FlowView> Ipv4Flows(ShardState state, FlowPageRequest request, long nowMs)
    {
        var views = new List<FlowView>();
        uint end = Math.Min(state.Flows.UsedIndexEnd, request.From + EntriesPerCall);
        uint index = request.From;
        for (; index < end && views.Count < request.CountMax; index++)
        {
            ref FlowRecord flow = ref state.Flows.Flow(index);
            if (flow.State != FlowState.None && request.Filter.Matches(in flow) && StandsAt(state, isIpv6: false, index, request.Filter.Offload))
                views.Add(FlowView.Of(state, index, nowMs));
        }

        return new Page<FlowView>(views, index < state.Flows.UsedIndexEnd ? index : state.Ipv6.Flows.UsedIndexEnd != 0 ? Ipv6Bit : null);
    }

    // Behind those of IPv4, in the same numbering.
    private static Page<FlowView> Ipv6Flows(ShardState state, FlowPageRequest request, long nowMs)
    {
        var views = new List<FlowView>();
        uint index = request.From & ~Ipv6Bit;
        uint end = Math.Min(state.Ipv6.Flows.UsedIndexEnd, index + EntriesPerCall);
        for (; index < end && views.Count < request.CountMax; index++)
        {
            ref Ipv6FlowRecord flow = ref state.Ipv6.Flows.Flow(index);
            if (flow.State != FlowState.None && request.Filter.Matches(state, in flow) && StandsAt(state, isIpv6: true, index, request.Filter.Offload))
                views.Add(FlowView.OfIpv6(state, index, nowMs));
        }

        return new Page<FlowView>(views, index < state.Ipv6.Flows.UsedIndexEnd ? index | Ipv6Bit : null);
    }

    internal static Page<MappingView> Mappings(ShardState state, MappingPageRequest request)
    {
        var views = new List<MappingView>();
        uint end = Math.Min(state.Mappings.UsedIndexEnd, request.From + EntriesPerCall);
        uint index = request.From;
        for (; index < end && views.Count < request.CountMax; index++)
        {
            ref MappingRecord mapping = ref state.Mappings[index];
            if (mapping.Protocol != 0 && (request.Address is not { } address || IsOf(in mapping, BinaryPrimitives.ReverseEndianness(address))))
                views.Add(MappingView.Of(in mapping));
        }

        return new Page<MappingView>(views, index < state.Mappings.UsedIndexEnd ? index : null);
    }

    private static bool StandsAt(ShardState state, bool isIpv6, uint flowIndex, OffloadReason? wanted) =>
        wanted is not { } reason || (state.Offload?.ReasonOf(isIpv6, flowIndex) ?? OffloadReason.Disabled) == reason;

    private static bool IsOf(ref readonly MappingRecord mapping, uint addressBe) =>
        mapping.InsideAddrBe == addressBe || mapping.ExternalAddrBe == addressBe;
}
