using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Users;
using Natflow.Gateway.Flow;
using Natflow.Gateway.Users;

namespace Natflow.Gateway.Tests.Users;

/// <summary>Each policy of a batch is in force when the batch is taken, whatever its size.</summary>
public sealed class ShardPoliciesTests
{
    private const uint FirstUser = 0x0A00_0001;
    private const int UserCount = 200;

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(200)]
    public void Apply_SoMany_EachOfThemAndNobodyElse(int count)
    {
        NatSettings settings = Testing.Flows.ShardRig.Defaults with { UserCapacity = UserCount };
        using var pool = new PublicPool(settings);
        using var state = new ShardState(settings, pool, nowMs: 0);
        uint[] users = [.. Enumerable.Range(0, UserCount).Select(i => state.Users.Add(BinaryPrimitives.ReverseEndianness(FirstUser + (uint)i), 0, 0))];
        var drop = new UserPolicy(Verdict.Drop, 1, PolicyLimits.None, AclSlots: 0, Weight: 1, IsPinned: false, EndsFlows: false);
        UserPolicyChange[] changes = [.. Enumerable.Range(0, count).Select(i => new UserPolicyChange(MappedAddress.OfBe(BinaryPrimitives.ReverseEndianness(FirstUser + (uint)i)), 0, drop))];

        // Among them two that the shard does not have.
        ShardPolicies.Apply(state, [new UserPolicyChange(UInt128.MaxValue, 0, drop), .. changes, new UserPolicyChange(MappedAddress.OfBe(1), 0, drop)], nowMs: 0);
        Assert.All(users[..count], user => Assert.Equal(Verdict.Drop, state.Users[user].PolicyVerdict));
        Assert.All(users[count..], user => Assert.Equal(Verdict.Forward, state.Users[user].PolicyVerdict));
    }
}
