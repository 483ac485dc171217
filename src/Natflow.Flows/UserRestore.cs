using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;

namespace Natflow.Flows;

/// <summary>Takes up what an earlier process decided about a subscriber, before the first packet of it comes.</summary>
/// <remarks>Before the shard's worker starts.</remarks>
public static class UserRestore
{
    /// <summary>Puts a policy in force.</summary>
    /// <param name="shard">The shard that owns the subscriber.</param>
    /// <param name="address">IPv6, or IPv4 mapped into it; host byte order.</param>
    /// <param name="zone">Its zone.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <returns>False where the shard has no room.</returns>
    public static bool Apply(ShardState shard, UInt128 address, ushort zone, in UserPolicy policy, long nowMs)
    {
        uint index = MappedAddress.TryGetIPv4(address, out uint ipv4)
            ? FindOrAdd(shard.Users, BinaryPrimitives.ReverseEndianness(ipv4), zone, nowMs)
            : shard.Ipv6.FindOrAddUser(Ipv6Address.Of(address), zone, nowMs);
        if (index == FlowTable.None)
            return false;
        shard.Users.Apply(index, policy, nowMs);
        return true;
    }

    private static uint FindOrAdd(UserTable users, uint addressBe, ushort zone, long nowMs)
    {
        uint index = users.Find(addressBe, zone);
        return index == FlowTable.None ? users.Add(addressBe, zone, nowMs) : index;
    }
}
