using System.Buffers.Binary;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;

namespace Natflow.Gateway.Views.Scan;

/// <summary>A shard's port blocks that subscribers hold.</summary>
internal readonly struct PortBlockScan(ShardState state, PortBlockScanRequest request) : IScanTable<PortBlockView>
{
    /// <inheritdoc />
    public uint End => (uint)state.Blocks.BlockCount;

    /// <inheritdoc />
    public bool Matches(uint index)
    {
        uint userIndex = state.Blocks.UserOf(index);
        if (userIndex == FlowTable.None || state.Blocks.IsOrphan(index) || userIndex >= state.Users.UsedIndexEnd)
            return false;
        if (request.Address is not { } address)
            return true;
        uint addressBe = BinaryPrimitives.ReverseEndianness(address);
        return state.Users[userIndex].AddressBe == addressBe || state.Blocks.AddressBe(index) == addressBe;
    }

    /// <inheritdoc />
    public long KeyOf(uint index) => request.Order switch
    {
        PortBlockOrder.Taken => state.Blocks.TakenCount(index),
        PortBlockOrder.User => FlowScan.Endpoint(state.Users[state.Blocks.UserOf(index)].AddressBe, 0),
        _ => FlowScan.Endpoint(state.Blocks.AddressBe(index), BinaryPrimitives.ReverseEndianness((ushort)state.Blocks.FirstPort(index))),
    };

    /// <inheritdoc />
    public ScanSums SumsOf(uint index) => new(1, (ulong)state.Blocks.TakenCount(index), 0, 0, 0, 0);

    /// <inheritdoc />
    public PortBlockView View(uint index)
    {
        ref UserRecord user = ref state.Users[state.Blocks.UserOf(index)];
        return new PortBlockView(
            BinaryPrimitives.ReverseEndianness(state.Blocks.AddressBe(index)),
            state.Blocks.FirstPort(index),
            state.Settings.PortBlockSize,
            BinaryPrimitives.ReverseEndianness(user.AddressBe),
            user.Zone,
            state.Blocks.TakenCount(index));
    }
}
