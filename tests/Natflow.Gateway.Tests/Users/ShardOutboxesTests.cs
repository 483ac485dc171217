using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Policy.Control;

namespace Natflow.Gateway.Tests.Users;

/// <summary>A command's policies go before those of a storm, to the shards that they are for.</summary>
public sealed class ShardOutboxesTests
{
    private const int StormCount = 10_000;
    private const ushort Zone = 3;
    private static readonly UInt128 Kicked = StormCount - 1;
    private static readonly UserPolicy Allowed = new() { Status = 1 };
    private static readonly UserPolicy Blocked = new() { Status = 6 };

    [Fact]
    public void Do_InAStorm_IsInTheNextBatchOfItsShardAlone()
    {
        var outboxes = new ShardOutboxes();
        for (int i = 0; i < StormCount; i++)
            outboxes.Add(i % 2, (UInt128)i, Zone, in Allowed);
        List<UserPolicies> first = Flush(outboxes);
        Assert.Equal([0, 1], first.Select(static batch => batch.ShardIndex));
        UserCommandAnswer answer = outboxes.Do(() =>
        {
            outboxes.Add(1, Kicked, Zone, in Blocked);
            return new UserCommandAnswer(ControlResult.Taken, 1);
        });
        Assert.Equal((true, 1), (answer.Result.IsTaken, outboxes.Touched.Count));

        foreach (UserPolicies batch in first)
            outboxes.OnTaken(new UserPoliciesTaken(batch.ShardIndex, batch.Number));
        List<UserPolicies> second = Flush(outboxes);
        Assert.Equal(new UserPolicyChange(Kicked, Zone, Blocked), second[1].Changes.Span[0]);
        Assert.DoesNotContain(second[0].Changes.ToArray(), static change => change.Address == Kicked);
    }

    [Fact]
    public void Do_BehindIt_ChangesAreNoCommandsAnyMore()
    {
        var outboxes = new ShardOutboxes();
        _ = outboxes.Do(static () => new UserCommandAnswer(ControlResult.Taken, 0));
        Assert.Empty(outboxes.Touched);
        for (int i = 0; i < StormCount; i++)
            outboxes.Add(0, (UInt128)i, Zone, in Allowed);
        Assert.Empty(outboxes.Touched);
        Assert.Equal((UInt128)0, Assert.Single(Flush(outboxes)).Changes.Span[0].Address);
    }

    private static List<UserPolicies> Flush(ShardOutboxes outboxes)
    {
        var sent = new List<UserPolicies>();
        Assert.True(outboxes.Flush(nowMs: 0, sent.Add));
        return sent;
    }
}
