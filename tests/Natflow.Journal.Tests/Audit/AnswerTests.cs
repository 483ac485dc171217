using Natflow.Journal.Audit;
using Natflow.Journal.Chain;
using Natflow.Journal.Events;
using Natflow.Journal.Tests.Stores;
using Natflow.Journal.Writing;

namespace Natflow.Journal.Tests.Audit;

/// <summary>What makes an answer one that can be acted on: times that can be asked again, who came next, whose device it was.</summary>
[Collection(StoreCollection.Name)]
public sealed class AnswerTests
{
    private const string Cid = "10.0.0.3";
    private const string Phone = "10.0.0.33";
    private const int FirstPort = 2048;

    public static TheoryData<string> Engines => TestJournalPlace.Engines;

    [Theory, MemberData(nameof(Engines))]
    public void Who_AtTheTimeThatTheAnswerPrints_IsTheSameAnswer(string engine)
    {
        using var rig = new AuditRig(engine);
        long leased = AuditRig.At(20) + 12_345; // Not at a whole millisecond, as the answer is printed.
        using (JournalWriter writer = rig.OpenWriter())
            writer.Append("nat-0", [new JournalFact(new PortBlockAllocated(Cid, 0, 0, AuditRig.Public, FirstPort, 128), leased)]);
        WhoAnswer answer = rig.Ask(queries => queries.Who(AuditRig.Public, FirstPort, leased));
        Assert.True(AuditTime.TryParse(answer.Since!, out long printed));
        Assert.True(printed < leased);
        Assert.Equal(Cid, rig.Ask(queries => queries.Who(AuditRig.Public, FirstPort, printed)).User);
        Assert.Contains(rig.Ask(queries => queries.StateAt(printed)).Leases, static lease => lease.User == Cid);
        Assert.Single(rig.Ask(queries => queries.User(Cid, printed, printed).ToArray()));
        Assert.Contains(rig.Ask(queries => queries.Replay(printed, printed).ToArray()), entry => entry.CreatedTicks == leased);
    }

    [Theory]
    [InlineData(0.5, AuditRig.Ann, 1.0)] // Before the first lease.
    [InlineData(4.5, AuditRig.Bob, 5.0)] // Given back, and not leased again yet.
    [InlineData(-99, null, null)] // More than an hour before: no answer to the question.
    public void Who_Nobody_NamesWhoGotItWithinTheHour(double minute, string? next, double? nextMinute)
    {
        using var rig = new AuditRig();
        WhoAnswer answer = rig.Ask(queries => queries.Who(AuditRig.Public, 1100, AuditRig.At(minute)));
        Assert.Null(answer.User);
        Assert.Equal((next, nextMinute is { } at ? AuditTime.Text(AuditRig.At(at)) : null), (answer.NextUser, answer.NextSince));
    }

    [Theory, MemberData(nameof(Engines))]
    public void UserAt_DeviceLoginAndSecondAddress_AreThoseOfTheTime(string engine)
    {
        using var rig = new AuditRig(engine);
        AppendCid(rig);
        UserState? before = rig.Ask(static queries => queries.UserAt(Cid, 0, AuditRig.At(20)));
        Assert.Equal(("02:00:00:00:00:03", null), (before!.Mac, before.Login));
        UserState? after = rig.Ask(static queries => queries.UserAt(Phone, 0, AuditRig.At(23)));
        Assert.Equal((Cid, "02:00:00:00:00:04", "cid"), (after!.User, after.Mac, after.Login));
        using (IJournalStore store = rig.Place.Location.Open())
            store.SaveSnapshot(rig.Ask(static queries => queries.StateAt(AuditRig.At(22))).Write());
        Assert.Equal(after.Login, rig.Ask(static queries => queries.UserAt(Phone, 0, AuditRig.At(23)))!.Login);
        Assert.Equal("02:00:00:00:00:05", rig.Ask(static queries => queries.UserAt(Phone, 0, AuditRig.At(99)))!.Mac); // An event of its owner, behind the snapshot.
        Assert.Null(rig.Ask(static queries => queries.UserAt("10.9.9.9", 0, AuditRig.At(23))));
        Assert.Null(rig.Ask(static queries => queries.UserAt(Cid, 1, AuditRig.At(23))));
    }

    [Theory, MemberData(nameof(Engines))]
    public void User_AddressThatAnotherTookOver_TellsWhose(string engine)
    {
        using var rig = new AuditRig(engine);
        AppendCid(rig);
        IJournalEvent joined = Assert.Single(rig.Ask(static queries => queries.User(Phone, 1, AuditRig.At(99)).Select(static pair => pair.Event).ToArray()));
        Assert.Equal(new UserJoined(Cid, 0, Phone), joined);
    }

    [Theory, MemberData(nameof(Engines))]
    public void Erase_NamedByOthersEvents_NoneOfThemNamesItAnyMore(string engine)
    {
        using var rig = new AuditRig(engine);
        AppendCid(rig);
        string[] left = ["kick 10.0.0.30", "set-status 110.0.0.3 6", "audit user 10.0.0.3.lab", "x=1.10.0.0.3"];
        using (JournalWriter writer = rig.OpenWriter())
        {
            foreach (string command in (string[])["audit user 10.0.0.3 from x", "kick 10.0.0.3", "PUT /users/10.0.0.3/limit", "who 10.0.0.3:80", "gone 10.0.0.3.", "[10.0.0.3]", .. left])
                AuditRig.Append(writer, 30, new OperatorActed("root", command, "ok"));
        }

        using (IJournalStore store = rig.Place.Location.Open())
        using (IJournalReader reader = rig.Place.Location.OpenReader(computesDigests: true))
            SubjectErasure.Run(store, reader, EventCatalogue.Default, Cid);
        using IJournalReader after = rig.Place.Location.OpenReader(computesDigests: true);
        Assert.Empty(ChainVerifier.VerifyAll(after).Findings);
        JournalEntry[] entries = [.. after.ReadAll(0, long.MaxValue)];
        Assert.Equal(left, entries.Select(EventCatalogue.Default.Decode).OfType<OperatorActed>().Select(static act => act.Command));
        Assert.DoesNotContain(entries, static entry => System.Text.Encoding.UTF8.GetString(entry.Payload).Contains($"\"{Cid}\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Erase_AnIpv6Address_IsFoundInResourcesNamesToo()
    {
        const string address = "2001:db8::1";
        using var rig = new AuditRig();
        using (JournalWriter writer = rig.OpenWriter())
            AuditRig.Append(writer, 30, new OperatorActed("root", "POST /users/2001%3Adb8%3A%3A1/kick", "ok"), new OperatorActed("root", "kick 2001:DB8::1", "ok"), new OperatorActed("root", "kick 2001:db8::1:2", "ok"));
        using IJournalStore store = rig.Place.Location.Open();
        using IJournalReader reader = rig.Place.Location.OpenReader(computesDigests: true);
        Assert.Equal(2, SubjectErasure.Run(store, reader, EventCatalogue.Default, address).Count);
    }

    [Theory]
    [InlineData("2026-11-22T10:00:03Z", "2026-11-22T10:00:03.000Z")]
    [InlineData("2026-11-22 10:00:03", "2026-11-22T10:00:03.000Z")]
    [InlineData("2026-11-22T10:00:03.25+01:00", "2026-11-22T09:00:03.250Z")]
    [InlineData("2026-11-22T10:00", "2026-11-22T10:00:00.000Z")]
    [InlineData("2026-11-22", "2026-11-22T00:00:00.000Z")]
    [InlineData("2026-11-22T10:00:03.1234567+00:00", "2026-11-22T10:00:03.123Z")]
    [InlineData("03/04/2026", null)] // Of March, or of April?
    [InlineData("22.11.2026 10:00", null)]
    [InlineData("10:00:03", null)] // Of which day?
    [InlineData("2026-02-30", null)]
    [InlineData("", null)]
    public void TryParse_Times_OnlyThoseThatMeanOne(string text, string? expected) =>
        Assert.Equal(expected, AuditTime.TryParse(text, out long ticks) ? AuditTime.Text(ticks) : null);

    private static void AppendCid(AuditRig rig)
    {
        using JournalWriter writer = rig.OpenWriter();
        AuditRig.Append(writer, 20, new UserSeen(Cid, 0, "02:00:00:00:00:03", "lan0"));
        AuditRig.Append(writer, 21, new UserMoved(Cid, 0, "02:00:00:00:00:04", "lan0"), new UserJoined(Cid, 0, Phone));
        AuditRig.Append(writer, 22, new UserLoggedIn(Cid, "cid", "web"));
        AuditRig.Append(writer, 24, new UserMoved(Cid, 0, "02:00:00:00:00:05", "lan0"), new UserLoggedOut(Cid, "cid", "asked"));
    }
}
