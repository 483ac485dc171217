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
            outbox.Add(AddressOf(i), Zone, PolicyOf(status: 1), isUrgent: false);
        var given = new List<UInt128>();
        while (outbox.Next(nowMs: 0) is { } batch)
        {
            given.AddRange(batch.Changes.ToArray().Select(static change => change.Address));
            outbox.OnTaken(batch.Number);
        }

        Assert.Equal(Enumerable.Range(0, StormCount).Select(AddressOf), given);
        Assert.True(outbox.IsEmpty);
        outbox.Add(AddressOf(7), Zone, PolicyOf(status: 2), isUrgent: false);
        UserPolicyChange[] next = outbox.Next(nowMs: 0)!.Changes.ToArray();
        Assert.Equal([new UserPolicyChange(AddressOf(7), Zone, PolicyOf(status: 2))], next);
    }

    [Fact]
    public void Next_ManyChangesOfASubscriber_GivesTheNewestAndKeepsAWishToEndFlows()
    {
        var outbox = new ShardOutbox(0);
        outbox.Add(AddressOf(1), Zone, PolicyOf(status: 1) with { EndsFlows = true }, isUrgent: false);
        outbox.Add(AddressOf(2), Zone, PolicyOf(status: 1), isUrgent: false);
        outbox.Add(AddressOf(1), Zone, PolicyOf(status: 5), isUrgent: false);
        UserPolicyChange[] changes = outbox.Next(nowMs: 0)!.Changes.ToArray();
        Assert.Equal(
            [new UserPolicyChange(AddressOf(1), Zone, PolicyOf(status: 5) with { EndsFlows = true }), new UserPolicyChange(AddressOf(2), Zone, PolicyOf(status: 1))],
            changes);
    }

    [Fact]
    public void Next_ShardThatDoesNotAnswer_WaitsAndSendsTheSameAgain()
    {
        var outbox = new ShardOutbox(0);
        outbox.Add(AddressOf(1), Zone, PolicyOf(status: 1), isUrgent: false);
        UserPolicies first = outbox.Next(nowMs: 0)!;
        outbox.Add(AddressOf(2), Zone, PolicyOf(status: 1), isUrgent: false);
        Assert.Null(outbox.Next(ShardOutbox.ResendMs - 1));
        Assert.Same(first, outbox.Next(ShardOutbox.ResendMs));
        outbox.OnTaken(first.Number + 1); // Not of this batch.
        Assert.Null(outbox.Next(ShardOutbox.ResendMs));
        outbox.OnTaken(first.Number);
        Assert.Equal(AddressOf(2), outbox.Next(ShardOutbox.ResendMs)!.Changes.Span[0].Address);
    }

    [Fact]
    public void WhenTaken_UrgentInAStorm_CallsBackWhenItIsTakenAndDoesNotWaitForTheStorm()
    {
        var outbox = new ShardOutbox(0);
        int done = 0;
        outbox.WhenTaken(() => done++);
        Assert.Equal(1, done); // Nothing waits.
        for (int i = 0; i < StormCount; i++)
            outbox.Add(AddressOf(i), Zone, PolicyOf(status: 1), isUrgent: false);
        UserPolicies first = outbox.Next(nowMs: 0)!;
        outbox.Add(AddressOf(StormCount - 1), Zone, PolicyOf(status: 2), isUrgent: true);
        outbox.WhenTaken(() => done++);
        outbox.OnTaken(first.Number);
        Assert.Equal(1, done); // It was not in that one.
        UserPolicies second = outbox.Next(nowMs: 0)!;
        Assert.Equal(new UserPolicyChange(AddressOf(StormCount - 1), Zone, PolicyOf(status: 2)), second.Changes.Span[0]);
        outbox.OnTaken(first.Number);
        Assert.Equal(1, done);
        outbox.OnTaken(second.Number);
        Assert.Equal(2, done);
        int given = first.Changes.Length + second.Changes.Length;
        while (outbox.Next(nowMs: 0) is { } batch)
        {
            given += batch.Changes.Length;
            outbox.OnTaken(batch.Number);
        }

        Assert.Equal(StormCount, given); // Each once, the urgent one too.
        Assert.True(outbox.IsEmpty);
    }

    [Fact]
    public void WhenTaken_ManyUrgent_CallsBackWithTheLastOfThem()
    {
        var outbox = new ShardOutbox(0);
        for (int i = 0; i < StormCount; i++)
            outbox.Add(AddressOf(i), Zone, PolicyOf(status: 1), isUrgent: true);
        int done = 0;
        outbox.WhenTaken(() => done++);
        outbox.Add(AddressOf(StormCount), Zone, PolicyOf(status: 1), isUrgent: true); // Comes after what is waited for.
        int taken = 0;
        while (outbox.Next(nowMs: 0) is { } batch)
        {
            Assert.Equal(taken >= StormCount ? 1 : 0, done);
            taken += batch.Changes.Length;
            outbox.OnTaken(batch.Number);
        }

        Assert.Equal(1, done);
    }

    [Fact]
    public void WhenTaken_ManyUrgentOfOneSubscriber_CallsBackWithTheOneBatch()
    {
        var outbox = new ShardOutbox(0);
        for (int i = 0; i < StormCount; i++)
            outbox.Add(AddressOf(1), Zone, PolicyOf(status: 1), isUrgent: true);
        int done = 0;
        outbox.WhenTaken(() => done++);
        outbox.OnTaken(outbox.Next(nowMs: 0)!.Number);
        Assert.Equal(1, done);
        Assert.True(outbox.IsEmpty);
    }

    private static UInt128 AddressOf(int number) => (UInt128)number + 1;

    private static UserPolicy PolicyOf(byte status) => new(Verdict.Forward, status, PolicyLimits.None, AclSlots: 0, Weight: 1, IsPinned: false, EndsFlows: false);
}
