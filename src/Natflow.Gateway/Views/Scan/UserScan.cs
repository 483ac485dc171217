using System.Buffers.Binary;
using Natflow.Flows.Shards;
using Natflow.Flows.Users;

namespace Natflow.Gateway.Views.Scan;

/// <summary>A shard's subscribers.</summary>
internal readonly struct UserScan(ShardState state, UserFilter filter, UserOrder order) : IScanTable<SubscriberView>
{
    /// <inheritdoc />
    public uint End => state.Users.UsedIndexEnd;

    /// <inheritdoc />
    public bool Matches(uint index) => filter.Matches(in state.Users[index]);

    /// <inheritdoc />
    public long KeyOf(uint index)
    {
        ref UserRecord user = ref state.Users[index];
        return order switch
        {
            UserOrder.Flows => user.FlowCount,
            UserOrder.Blocks => user.BlockCount,
            UserOrder.Bytes => TableScan.Key(user.EndedBytesOut + user.EndedBytesIn),
            UserOrder.BytesOut => TableScan.Key(user.EndedBytesOut),
            UserOrder.BytesIn => TableScan.Key(user.EndedBytesIn),
            _ => BinaryPrimitives.ReverseEndianness(user.AddressBe),
        };
    }

    /// <inheritdoc />
    public ScanSums SumsOf(uint index)
    {
        ref UserRecord user = ref state.Users[index];
        return new ScanSums(1, user.FlowCount, 0, 0, user.EndedBytesOut, user.EndedBytesIn);
    }

    /// <inheritdoc />
    public SubscriberView View(uint index) => SubscriberView.Of(state, index);
}
