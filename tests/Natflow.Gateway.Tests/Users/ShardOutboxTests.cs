using Natflow.Core;
using Natflow.Flows.Users;
using Natflow.Gateway.Users;

namespace Natflow.Gateway.Tests.Users;

/// <summary>A shard gets each subscriber's newest policy, in the order of the changes, a batch at a time.</summary>
public sealed class ShardOutboxTests
{
    private const int StormCount = 10_000;
    private const ushort Zone = 3;

    [Fact]
    public void Next_AfterAStorm_GivesEachOnceInTheOrderOfTheirChanges()
    {
        var outbox = new ShardOutbox(0);
        for (int i = 0; i < StormCount; i++)
            outbox.Add(AddressOf(i), Zone, PolicyOf(status: 1));
        var given = new List<UInt128>();
        while (outbox.Next(nowMs: 0) is { } batch)
        {
            given.AddRange(batch.Changes.ToArray().Select(static change => change.Address));
            outbox.OnTaken(batch.Number);
        }

        Assert.Equal(Enumerable.Range(0, StormCount).Select(AddressOf), given);
        Assert.True(outbox.IsEmpty);
        outbox.Add(AddressOf(7), Zone, PolicyOf(status: 2));
        UserPolicyChange[] next = outbox.Next(nowMs: 0)!.Changes.ToArray();
        Assert.Equal([new UserPolicyChange(AddressOf(7), Zone, PolicyOf(status: 2))], next);
    }

    [Fact]
    public void Next_ManyChangesOfASubscriber_GivesTheNewestAndKeepsAWishToEndFlows()
    {
        var outbox = new ShardOutbox(0);
        outbox.Add(AddressOf(1), Zone, PolicyOf(status: 1) with { EndsFlows = true });
        outbox.Add(AddressOf(2), Zone, PolicyOf(status: 1));
        outbox.Add(AddressOf(1), Zone, PolicyOf(status: 5));
        UserPolicyChange[] changes = outbox.Next(nowMs: 0)!.Changes.ToArray();
        Assert.Equal(
            [new UserPolicyChange(AddressOf(1), Zone, PolicyOf(status: 5) with { EndsFlows = true }), new UserPolicyChange(AddressOf(2), Zone, PolicyOf(status: 1))],
            changes);
    }

    [Fact]
    public void Next_ShardThatDoesNotAnswer_WaitsAndSendsTheSameAgain()
    {
        var outbox = new ShardOutbox(0);
        outbox.Add(AddressOf(1), Zone, PolicyOf(status: 1));
        UserPolicies first = outbox.Next(nowMs: 0)!;
        outbox.Add(AddressOf(2), Zone, PolicyOf(status: 1));
        Assert.Null(outbox.Next(ShardOutbox.ResendMs - 1));
        Assert.Same(first, outbox.Next(ShardOutbox.ResendMs));
        outbox.OnTaken(first.Number + 1); // Not of this batch.
        Assert.Null(outbox.Next(ShardOutbox.ResendMs));
        outbox.OnTaken(first.Number);
        Assert.Equal(AddressOf(2), outbox.Next(ShardOutbox.ResendMs)!.Changes.Span[0].Address);
    }

    private static UInt128 AddressOf(int number) => (UInt128)number + 1;

    private static UserPolicy PolicyOf(byte status) => new(Verdict.Forward, status, PolicyLimits.None, AclSlots: 0, Weight: 1, IsPinned: false, EndsFlows: false);
}
