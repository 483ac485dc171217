using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Testing;

namespace Natflow.Flows.Tests.Users;

public sealed class UserTableTests
{
    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 8)];

    [Theory, MemberData(nameof(Seeds))]
    public void AddFindIdleRemove_AnySequence_AgreesWithDictionary(int seed)
    {
        const int capacity = 40;
        var prng = new Prng(seed);
        using var table = new UserTable(capacity, new FlowHash(5));
        var model = new Dictionary<(uint Address, ushort Zone), (uint Index, int Flows, long IdleSince)>();
        long now = 1000;
        for (int step = 0; step < 5_000; step++)
        {
            string where = $"seed {seed}, step {step}";
            now += prng.Next(3);
            (uint Address, ushort Zone) id = ((uint)prng.Next(30), (ushort)prng.Next(3));
            bool isKnown = model.TryGetValue(id, out (uint Index, int Flows, long IdleSince) user);
            Assert.True(table.Find(id.Address, id.Zone) == (isKnown ? user.Index : FlowTable.None), where);
            if (!isKnown)
            {
                uint added = table.Add(id.Address, id.Zone, now);
                Assert.True((added == FlowTable.None) == (model.Count == capacity), where);
                if (added != FlowTable.None)
                    model.Add(id, (added, 0, now));
            }
            else if (user.Flows == 0 || prng.Next(2) == 0)
            {
                table.OnFlowStarted(user.Index);
                model[id] = user with { Flows = user.Flows + 1 };
            }
            else
            {
                table.OnFlowEnded(user.Index, 10, 20, now);
                model[id] = user with { Flows = user.Flows - 1, IdleSince = user.Flows == 1 ? now : user.IdleSince };
            }

            while (table.TryPeekIdle(now - 25, out uint idle))
            {
                (uint Address, ushort Zone) oldest = model.First(pair => pair.Value.Index == idle).Key;
                Assert.True(model[oldest].Flows == 0 && model[oldest].IdleSince <= now - 25, where);
                table.Remove(idle);
                model.Remove(oldest);
            }

            Assert.True(model.Values.All(value => value.Flows > 0 || value.IdleSince > now - 25), where);
            Assert.Equal(model.Count, table.Count);
        }
    }

    [Fact]
    public void Apply_PolicyThatIsInForce_LeavesFlowsCurrent()
    {
        using var table = new UserTable(4, new FlowHash(5));
        uint user = table.Add(1, 0, nowMs: 0);
        var policy = new UserPolicy(Verdict.Forward, Status: 0, PolicyLimits.None, AclSlots: 0, Weight: 1, IsPinned: false, EndsFlows: false);
        long version = table.PolicyVersion;

        table.Apply(user, policy, nowMs: 1);
        Assert.Equal(version, table.PolicyVersion);

        UserPolicy[] others =
        [
            policy with { Limits = new PolicyLimits(8_000_000, 0, TimeSpan.FromMilliseconds(100)) },
            policy with { Status = 2 },
            policy with { Verdict = Verdict.Drop },
            policy with { AclSlots = 1 },
            policy with { EndsFlows = true },
        ];
        foreach (UserPolicy other in others)
        {
            table.Apply(user, policy, nowMs: 2);
            version = table.PolicyVersion;
            table.Apply(user, other, nowMs: 2);
            Assert.True(table.PolicyVersion > version, other.ToString());
        }
    }

    [Fact]
    public void OtherRatesAlone_AreReadByTheNextPacket_AndLeaveFlowsCurrent()
    {
        using var table = new UserTable(4, new FlowHash(5));
        uint user = table.Add(1, 0, nowMs: 0);
        var slow = new PolicyLimits(8_000_000, 4_000_000, TimeSpan.FromMilliseconds(100));
        PolicyLimits fast = slow with { UpBitsPerSecond = 16_000_000 };
        var policy = new UserPolicy(Verdict.Forward, Status: 0, slow, AclSlots: 0, Weight: 1, IsPinned: false, EndsFlows: false);
        table.Apply(user, policy, nowMs: 1);
        long version = table.PolicyVersion;
        ushort stamp = table.Gate(user).PolicyStamp;
        ulong costQ20 = table.Policy(user).UpNanosecondsPerByteQ20;

        table.Apply(user, policy with { Limits = fast }, nowMs: 2);
        Assert.Equal(costQ20 / 2, table.Policy(user).UpNanosecondsPerByteQ20);
        table.SetLimits(user, in slow);
        Assert.Equal(costQ20, table.Policy(user).UpNanosecondsPerByteQ20);
        Assert.Equal((version, stamp), (table.PolicyVersion, table.Gate(user).PolicyStamp));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void MeterThatComesOrGoes_IsAnotherGeneration_OnlyForAPpeWithoutMeters(bool hasPpeWithoutMeters)
    {
        using var table = new UserTable(4, new FlowHash(5)) { HasPpeWithoutMeters = hasPpeWithoutMeters };
        uint user = table.Add(1, 0, nowMs: 0);
        ushort none = table.Gate(user).PolicyStamp;
        ushort generation = table.Policy(user).Generation;
        var limits = new PolicyLimits(8_000_000, 0, TimeSpan.FromMilliseconds(100));

        table.SetLimits(user, in limits);
        ushort metered = table.Gate(user).PolicyStamp;
        Assert.NotEqual(none, metered);
        Assert.Equal(hasPpeWithoutMeters, table.Policy(user).Generation != generation);
        Assert.Equal(PolicyFlags.MeterUp, table[user].PolicyFlags);

        table.SetLimits(user, PolicyLimits.None);
        Assert.NotEqual(metered, table.Gate(user).PolicyStamp);
        Assert.Equal(hasPpeWithoutMeters, none != table.Gate(user).PolicyStamp);
        Assert.Equal(PolicyFlags.None, table[user].PolicyFlags);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Generation_GoesRound_AndNeverTouchesTheMeters(bool isMetered)
    {
        const int generations = 1 << 15;
        using var table = new UserTable(4, new FlowHash(5));
        uint user = table.Add(1, 0, nowMs: 0);
        if (isMetered)
            table.SetLimits(user, new PolicyLimits(8_000_000, 0, TimeSpan.FromMilliseconds(100)));
        ushort first = table.Gate(user).PolicyStamp;
        for (int i = 1; i < generations; i++)
        {
            table.SetVerdict(user, Verdict.Forward);
            Assert.NotEqual(first, table.Gate(user).PolicyStamp);
            Assert.Equal(isMetered, table.Gate(user).PolicyStamp >= generations);
            Assert.Equal(table.Policy(user).Generation, table.Gate(user).PolicyStamp % generations);
        }

        table.SetVerdict(user, Verdict.Forward);
        Assert.Equal(first, table.Gate(user).PolicyStamp);
    }

    [Fact]
    public void RecordOfAnEarlierVersion_WhoseGenerationHasTheTopBit_IsReplaced()
    {
        using var policies = new PolicyTable(4);
        using var table = new UserTable(4, new FlowHash(5), policies);
        var record = new PolicyRecord { Verdict = Verdict.Forward };
        Meter.Set(ref record, PolicyLimits.None);
        policies[2] = record with { Generation = 0x8007 };
        policies[3] = record with { Generation = 7 };

        Assert.True(table.TryAddAt(2, 1, 0, nowMs: 0));
        Assert.True(table.TryAddAt(3, 2, 0, nowMs: 0));

        Assert.Equal((ushort)8, table.Policy(2).Generation);
        Assert.Equal((ushort)7, table.Policy(3).Generation); // What a PPE holds of it goes on.
    }
}
