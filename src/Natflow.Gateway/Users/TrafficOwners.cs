using System.Numerics;
using System.Runtime.InteropServices;
using Natflow.Flows.Users;
using Natflow.Policy;
using Natflow.Policy.Users;

namespace Natflow.Gateway.Users;

/// <summary>
/// Whose a shard's subscriber was when it last had traffic: a million of them report every two seconds, in the order of their entries, and a look into a hash table
/// for each waits for memory thrice. What is remembered is asked before it is believed.
/// </summary>
/// <remarks>One owner, the user actor.</remarks>
internal sealed class TrafficOwners(UserDirectory users)
{
    private readonly Dictionary<int, int[]> _links = []; // By shard, then by the subscriber's entry there.

    /// <summary>The user of a subscriber, or <see cref="UserDirectory.None"/>.</summary>
    /// <param name="shardIndex">Its shard.</param>
    /// <param name="delta">Its entry there, and its address and zone.</param>
    internal int Find(int shardIndex, in UserDelta delta)
    {
        IpAddress address = FlowJudge.AddressOf(delta.Address);
        int user = Find(shardIndex, delta.UserIndex, UserIdentifier.OfAddress(address, delta.Zone));
        return user != UserDirectory.None ? user : users.FindByAddress(address, delta.Zone); // A prefix of IPv6 may have it.
    }

    private int Find(int shardIndex, uint userIndex, in UserIdentifier address)
    {
        ref int[]? links = ref CollectionsMarshal.GetValueRefOrAddDefault(_links, shardIndex, out _);
        if (links is null || userIndex >= links.Length)
            Grow(ref links, userIndex);
        ref int link = ref links![userIndex];
        int user = users.FindAt(link, address);
        return user != UserDirectory.None ? user : users.Find(address, out link);
    }

    private static void Grow(ref int[]? links, uint userIndex)
    {
        int before = links?.Length ?? 0;
        Array.Resize(ref links, (int)Math.Max(1024, BitOperations.RoundUpToPowerOf2(userIndex + 1)));
        links.AsSpan(before).Fill(UserDirectory.None);
    }
}
