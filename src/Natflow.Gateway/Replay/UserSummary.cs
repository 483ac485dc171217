using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;

namespace Natflow.Gateway.Replay;

/// <summary>A subscriber's figures.</summary>
/// <param name="Address">LAN address, host byte order; of an IPv6 subscriber its stand-in.</param>
/// <param name="Ipv6Address">LAN address of an IPv6 subscriber, else null.</param>
/// <param name="PublicAddress">The public address it is paired with, host byte order; null while it has no ports.</param>
/// <param name="BlockCount">Port blocks it holds.</param>
/// <param name="FlowCount">Living flows.</param>
/// <param name="BytesOut">L3 bytes from the subscriber.</param>
/// <param name="BytesIn">L3 bytes to the subscriber.</param>
public sealed record UserSummary(
    uint Address, Ipv6Address? Ipv6Address, uint? PublicAddress, uint BlockCount, uint FlowCount, ulong BytesOut, ulong BytesIn)
{
    /// <summary>The LAN address as text.</summary>
    public string AddressText => Ipv6Address?.ToString() ?? Ipv4Prefix.ToText(Address);

    /// <summary>The subscribers of a shard with most bytes, both ways. The owner's thread, or any while the worker does not run.</summary>
    internal static IReadOnlyList<UserSummary> Busiest(ShardState state, int count)
    {
        var bytes = new Dictionary<uint, (ulong Out, ulong In)>();
        for (uint index = 0; index < state.Flows.UsedIndexEnd; index++)
        {
            ref FlowRecord flow = ref state.Flows.Flow(index);
            if (flow.State == FlowState.None)
                continue;
            (ulong bytesOut, ulong bytesIn) = bytes.GetValueOrDefault(flow.UserIndex);
            bytes[flow.UserIndex] = (bytesOut + flow.BytesOut, bytesIn + flow.BytesIn);
        }

        for (uint index = 0; index < state.Ipv6.Flows.UsedIndexEnd; index++)
        {
            ref Ipv6FlowRecord flow = ref state.Ipv6.Flows.Flow(index);
            if (flow.State == FlowState.None)
                continue;
            (ulong bytesOut, ulong bytesIn) = bytes.GetValueOrDefault(flow.UserIndex);
            bytes[flow.UserIndex] = (bytesOut + flow.BytesOut, bytesIn + flow.BytesIn);
        }

        var users = new List<UserSummary>();
        for (uint index = 0; index < state.Users.UsedIndexEnd; index++)
        {
            if (state.Users[index].AddressBe != 0)
                users.Add(Of(state, in state.Users[index], bytes.GetValueOrDefault(index)));
        }

        return [.. users.OrderByDescending(static user => user.BytesIn + user.BytesOut).Take(count)];
    }

    private static UserSummary Of(ShardState state, ref readonly UserRecord user, (ulong Out, ulong In) living) => new(
        BinaryPrimitives.ReverseEndianness(user.AddressBe),
        state.Ipv6.Subscribers.AddressOf(user.AddressBe),
        user.PublicAddressIndex >= 0 ? BinaryPrimitives.ReverseEndianness(state.Pool.AddressBe(user.PublicAddressIndex)) : null,
        user.BlockCount,
        user.FlowCount,
        user.EndedBytesOut + living.Out,
        user.EndedBytesIn + living.In);
}
