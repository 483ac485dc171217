using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Gateway.Users;

namespace Natflow.Gateway.Flow;

/// <summary>Puts policies of the user actor in force in a shard. The shard's thread.</summary>
internal static class ShardPolicies
{
    private const int AtOnce = 16;

    /// <summary>Puts policies in force; those of subscribers that the shard does not have are nothing to it.</summary>
    /// <param name="state">The shard.</param>
    /// <param name="changes">Any number.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    internal static void Apply(ShardState state, ReadOnlySpan<UserPolicyChange> changes, long nowMs)
    {
        // Packets wait meanwhile: what some look up comes from memory at the same time.
        for (; changes.Length > AtOnce; changes = changes[AtOnce..])
            ApplyFew(state, changes[..AtOnce], nowMs);
        ApplyFew(state, changes, nowMs);
    }

    /// <summary>A subscriber's entry, or <see cref="FlowTable.None"/>.</summary>
    /// <param name="state">The shard.</param>
    /// <param name="address">IPv6, or IPv4 mapped into it; host byte order.</param>
    /// <param name="zone">Its address space.</param>
    internal static uint Find(ShardState state, UInt128 address, ushort zone) => MappedAddress.TryGetIPv4(address, out uint ipv4)
        ? state.Users.Find(BinaryPrimitives.ReverseEndianness(ipv4), zone)
        : state.Ipv6.FindUser(Ipv6Address.Of(address), zone);

    private static void ApplyFew(ShardState state, ReadOnlySpan<UserPolicyChange> changes, long nowMs)
    {
        UserTable users = state.Users;
        Span<uint> positions = stackalloc uint[AtOnce];
        for (int i = 0; i < changes.Length; i++)
            positions[i] = MappedAddress.TryGetIPv4(changes[i].Address, out uint ipv4) ? users.Foresight.Head(BinaryPrimitives.ReverseEndianness(ipv4), changes[i].Zone) : 0;
        foreach (uint position in positions[..changes.Length])
            users.Foresight.Entry(position);
        foreach (ref readonly UserPolicyChange change in changes)
        {
            uint userIndex = Find(state, change.Address, change.Zone);
            if (userIndex != FlowTable.None)
                users.Apply(userIndex, change.Policy, nowMs);
        }
    }
}
