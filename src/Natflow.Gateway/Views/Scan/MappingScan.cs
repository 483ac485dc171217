using System.Buffers.Binary;
using Natflow.Flows;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;

namespace Natflow.Gateway.Views.Scan;

/// <summary>A shard's mappings.</summary>
internal readonly struct MappingScan(ShardState state, FlowFilter filter, MappingOrder order) : IScanTable<MappingView>
{
    /// <inheritdoc />
    public uint End => state.Mappings.UsedIndexEnd;

    /// <inheritdoc />
    public bool Matches(uint index)
    {
        ref MappingRecord mapping = ref state.Mappings[index];
        if (mapping.Protocol == 0 || (filter.Protocol is { } protocol && mapping.Protocol != protocol))
            return false;
        if (filter.Address is { } address)
        {
            if (!MappedAddress.TryGetIPv4(address, out uint ipv4))
                return false;
            uint addressBe = BinaryPrimitives.ReverseEndianness(ipv4);
            if (mapping.InsideAddrBe != addressBe && mapping.ExternalAddrBe != addressBe)
                return false;
        }

        if (filter.Port is not { } port)
            return true;
        ushort portBe = BinaryPrimitives.ReverseEndianness(port);
        return mapping.InsidePortBe == portBe || mapping.ExternalPortBe == portBe;
    }

    /// <inheritdoc />
    public long KeyOf(uint index)
    {
        ref MappingRecord mapping = ref state.Mappings[index];
        return order switch
        {
            MappingOrder.Uses => mapping.FlowCount,
            MappingOrder.Inside => FlowScan.Endpoint(mapping.InsideAddrBe, mapping.InsidePortBe),
            _ => FlowScan.Endpoint(mapping.ExternalAddrBe, mapping.ExternalPortBe),
        };
    }

    /// <inheritdoc />
    public ScanSums SumsOf(uint index) => new(1, state.Mappings[index].FlowCount, 0, 0, 0, 0);

    /// <inheritdoc />
    public MappingView View(uint index) => MappingView.Of(in state.Mappings[index]);
}
