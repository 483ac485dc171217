using Natflow.Journal.Audit;
using Natflow.Journal.Chain;
using Natflow.Journal.Events;
using Natflow.Journal.Tests.Stores;
using Natflow.Journal.Writing;

namespace Natflow.Journal.Tests.Audit;

[Collection(StoreCollection.Name)]
public sealed class AuditQueriesTests
{
    public static TheoryData<string> Engines => TestJournalPlace.Engines;

    [Theory, MemberData(nameof(Engines))]
    public void Who_EachMinute_IsWhoHeldTheBlockThen(string engine)
    {
        using var rig = new AuditRig(engine);
        Assert.Null(Who(rig, 1100, 0.5).User);
        Assert.Equal(AuditRig.Ann, Who(rig, 1100, 1.5).User);
        Assert.Equal(AuditRig.Bob, Who(rig, 1152, 2).User);
        Assert.Null(Who(rig, 1100, 4.5).User);
        Assert.Equal(AuditRig.Bob, Who(rig, 1100, 6).User);
        Assert.Null(Who(rig, 1280, 6).User);
        WhoAnswer ann = Who(rig, 1151, 3);
        Assert.Equal((AuditRig.Ann, 1024, 128, AuditTime.Text(AuditRig.At(1)), AuditTime.Text(AuditRig.At(4)), "port-block"), (ann.User, ann.FirstPort, ann.PortCount, ann.Since, ann.Until, ann.Basis));
        Assert.Null(Who(rig, 1100, 6).Until);
    }

    [Fact]
    public void CGN18_Who_DeterministicRuleChanged_OldTimesUseTheOldRule()
    {
        using var rig = new AuditRig();
        using (JournalWriter writer = rig.OpenWriter())
        {
            AuditRig.Append(writer, 10, new NatPlanChanged(["10.1.0.0/24"], ["203.0.113.9"], 1024, 256, 100));
            AuditRig.Append(writer, 20, new NatPlanChanged(["10.1.0.0/24"], ["203.0.113.9"], 1024, 128, 200));
        }

        WhoAnswer before = rig.Ask(queries => queries.Who("203.0.113.9", 1300, AuditRig.At(19)));
        WhoAnswer after = rig.Ask(queries => queries.Who("203.0.113.9", 1300, AuditRig.At(21)));
        Assert.Equal(("10.1.0.1", 1280, 256, "deterministic"), (before.User, before.FirstPort, before.PortCount, before.Basis));
        Assert.Equal(("10.1.0.2", 1280, 128), (after.User, after.FirstPort, after.PortCount));
    }

    [Theory, MemberData(nameof(Engines))]
    public void User_BetweenTwoTimes_HasTheUsersEventsInOrder(string engine)
    {
        using var rig = new AuditRig(engine);
        Type[] all = rig.Ask(static queries => queries.User(AuditRig.Ann, 1, AuditRig.At(99)).Select(static pair => pair.Event.GetType()).ToArray());
        Assert.Equal([typeof(UserSeen), typeof(PortBlockAllocated), typeof(UrlVisited), typeof(UserLimitSet), typeof(PortBlockReleased), typeof(UserGone)], all);
        Assert.Equal(2, rig.Ask(static queries => queries.User(AuditRig.Ann, AuditRig.At(3), AuditRig.At(3.5)).Count()));
    }

    [Fact]
    public void LOG06_StateAt_WithAndWithoutASnapshotBetween_IsTheSame()
    {
        using var rig = new AuditRig();
        GatewayState before = rig.Ask(static queries => queries.StateAt(AuditRig.At(3.5)));
        UserState ann = before.Users.Single(static user => user.User == AuditRig.Ann);
        Assert.Equal((1000, 2000), (ann.UpBitsPerSecond, ann.DownBitsPerSecond));
        Assert.True(before.Users.Single(static user => user.User == AuditRig.Bob).IsLoggedIn);
        Assert.Equal(2, before.Leases.Count);
        using (IJournalStore store = rig.Place.Location.Open())
            store.SaveSnapshot(rig.Ask(static queries => queries.StateAt(AuditRig.At(2.5))).Write());
        string late = GatewayStateModel.Of(rig.Ask(static queries => queries.StateAt(AuditRig.At(3.5)))).ToJson();
        Assert.Equal(GatewayStateModel.Of(before).ToJson(), late);
        Assert.Single(rig.Ask(static queries => queries.StateAt(AuditRig.At(6))).Users);
    }

    [Theory, MemberData(nameof(Engines))]
    public void Retention_ByAge_ChainVerifiesAndLaterQuestionsKeepTheirAnswers(string engine)
    {
        using var rig = new AuditRig(engine);
        using (IJournalStore store = rig.Place.Location.Open())
        {
            JournalTrimmed? trimmed = new Retention(TimeSpan.FromMinutes(10), BytesMax: 0).Apply(store, EventCatalogue.Default, AuditRig.At(13.5));
            Assert.Equal(7, trimmed!.Count); // Through minute 3.5.
            Assert.Null(new Retention(TimeSpan.FromMinutes(10), BytesMax: 0).Apply(store, EventCatalogue.Default, AuditRig.At(13.5)));
        }

        Verify(rig);
        WhoAnswer bob = Who(rig, 1200, 6);
        Assert.Equal((AuditRig.Bob, "snapshot"), (bob.User, bob.Basis)); // Leased before the cut, held since.
        Assert.Equal(AuditRig.Bob, Who(rig, 1100, 6).User);
        Assert.True(rig.Ask(static queries => queries.StateAt(AuditRig.At(6))).Users.Single().IsLoggedIn);
    }

    [Fact]
    public void Retention_BySize_RemovesTheOldest()
    {
        using var rig = new AuditRig();
        using IJournalStore store = rig.Place.Location.Open();
        Assert.Null(new Retention(AgeMax: null, BytesMax: 1 << 30).Apply(store, EventCatalogue.Default, AuditRig.At(9)));
        Assert.InRange(new Retention(AgeMax: null, BytesMax: 40_000).Apply(store, EventCatalogue.Default, AuditRig.At(9))!.Count, 1, 11);
    }

    [Theory, MemberData(nameof(Engines))]
    public void Erase_OneUser_NothingOfItIsLeftAndTheChainVerifies(string engine)
    {
        using var rig = new AuditRig(engine);
        using (IJournalStore store = rig.Place.Location.Open())
        {
            store.SaveSnapshot(rig.Ask(static queries => queries.StateAt(AuditRig.At(2.5))).Write());
            using IJournalReader reader = rig.Place.Location.OpenReader(computesDigests: true);
            Assert.Equal(6, SubjectErasure.Run(store, reader, EventCatalogue.Default, AuditRig.Ann).Count);
        }

        Verify(rig);
        Assert.Empty(rig.Ask(static queries => queries.User(AuditRig.Ann, 1, AuditRig.At(99)).ToArray()));
        Assert.DoesNotContain(rig.Ask(static queries => queries.StateAt(AuditRig.At(3))).Users, static user => user.User == AuditRig.Ann);
        Assert.Equal(5, rig.Ask(static queries => queries.User(AuditRig.Bob, 1, AuditRig.At(99)).Count()));
        if (engine == "sqlite")
        {
            string bytes = string.Concat(Directory.GetFiles(rig.Place.Directory, "journal.db*").Select(static path => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(path))));
            Assert.DoesNotContain($"\"{AuditRig.Ann}\"", bytes, StringComparison.Ordinal);
            Assert.Contains($"\"{AuditRig.Bob}\"", bytes, StringComparison.Ordinal);
        }
    }

    private static WhoAnswer Who(AuditRig rig, int port, double minute) => rig.Ask(queries => queries.Who(AuditRig.Public, port, AuditRig.At(minute)));

    private static void Verify(AuditRig rig)
    {
        using IJournalReader reader = rig.Place.Location.OpenReader(computesDigests: true);
        Assert.Empty(ChainVerifier.VerifyAll(reader).Findings);
    }
}
