using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Conntrack;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Journal.Chain;
using Natflow.Journal.Events;
using Natflow.Journal.Ipfix;
using Natflow.Testing;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>The log of translations and the questions that it answers.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class LogRows(ConformanceReport report) : RequirementTests(report)
{
    private const int NatEvent = 230;
    private const int ObservationTime = 323;
    private const int Steps = 1700;
    private const int QuestionsPerStep = 2; // With three paths: ten thousand.

    [Theory, Requirement("CGN-12")]
    public void CGN_12_Destinations_AreLoggedOnlyWhenAsked(BenchPath path) => CheckEach(
        path, [false, true], static (settings, _) => settings, static (bench, sessions) =>
        {
            using var journal = new BenchJournal(bench, sessions);
            bench.Connect((A, 5000), (X1, 443));
            List<(JournalEntry Entry, IJournalEvent Event)> events = journal.NatEvents();
            Assert.NotEmpty(events);
            Assert.Equal(sessions, events.Exists(static pair => System.Text.Encoding.UTF8.GetString(pair.Entry.Payload).Contains(Ipv4Prefix.ToText(X1), StringComparison.Ordinal)));
        });

    [Theory, Requirement("CGN-14")]
    public void CGN_14_Log_OfASubscriber_GrowsWithBlocksNotWithFlows(BenchPath path)
    {
        var bytes = new Dictionary<(string Mode, int Flows), int>();
        CheckEach(
            path, from mode in (string[])["block", "session", "deterministic"] from flows in (int[])[20, 60] select (Mode: mode, Flows: flows),
            static (settings, variant) => variant.Mode != "deterministic" ? settings : settings with { LanPrefixes = [Prefix("10.0.0.0/26")], PortBlockSize = 64, DeterministicBlocksPerUser = 4 },
            (bench, variant) =>
            {
                using var journal = new BenchJournal(bench, variant.Mode == "session");
                for (int flow = 0; flow < variant.Flows; flow++)
                    bench.Map((A, (ushort)(2000 + flow)), (X1, 53));
                bytes[variant] = journal.NatEvents().Sum(static pair => pair.Entry.Payload.Length);
                if (bytes.Count != 6)
                    return;
                Assert.Equal(bytes[("block", 20)], bytes[("block", 60)]);
                Assert.InRange(bytes[("block", 60)], 1, 200);
                Assert.True(bytes[("session", 60)] - bytes[("session", 20)] > 40 * 100);
                Assert.Equal((0, 0), (bytes[("deterministic", 20)], bytes[("deterministic", 60)]));
            });
    }

    [Theory, Requirement("CGN-16")]
    public void CGN_16_Who_TenThousandQuestionsAboutReusedPorts_AllAnswersAreRight(BenchPath path) => Check(path, static bench =>
    {
        using var journal = new BenchJournal(bench);
        List<(long Ticks, uint User, (uint Address, ushort Port) External)> seen = LiveThrough(bench, static _ => { });
        Assert.True(seen.GroupBy(static one => one.External).Count(static group => group.Select(static one => one.User).Distinct().Count() > 1) > 50, "hardly a port was used again: it proves little");
        int wrong = journal.Ask(queries => seen.Count(one => queries.Who(Ipv4Prefix.ToText(one.External.Address), one.External.Port, one.Ticks).User != Ipv4Prefix.ToText(one.User)));
        Assert.Equal(Steps * QuestionsPerStep, seen.Count);
        Assert.Equal(0, wrong);
    }, Crowded);

    [Theory, Requirement("CGN-18", BenchPath.Slow)]
    public void CGN_18_DeterministicFunctionChanged_OldTimesUseTheOldOne(BenchPath path) => Check(path, static bench =>
    {
        using var journal = new BenchJournal(bench);
        NatSettings before = bench.Settings with { LanPrefixes = [Prefix("10.0.0.0/26")], PortBlockSize = 64, DeterministicBlocksPerUser = 4 };
        NatSettings after = before with { DeterministicBlocksPerUser = 2 };
        long noon = bench.Time.GetUtcNow().UtcTicks;
        journal.Writer.Append("gateway", [new(PlanOf(before), noon - TimeSpan.TicksPerHour), new(PlanOf(after), noon)]);
        foreach ((NatSettings settings, long minutes) in new[] { (before, -1L), (after, 1L) })
        {
            var plan = new DeterministicPlan(settings);
            for (uint user = 0x0A00_0000; user < 0x0A00_0040; user++)
            {
                Assert.True(plan.TryFindRange(user, out int _, out int first));
                int last = first + (settings.DeterministicBlocksPerUser * settings.PortBlockSize) - 1;
                string[] answers = journal.Ask(queries => new[] { first, last }.Select(port => queries.Who(Ipv4Prefix.ToText(E1), port, noon + (minutes * TimeSpan.TicksPerMinute)).User ?? "nobody").ToArray());
                Assert.Equal([Ipv4Prefix.ToText(user), Ipv4Prefix.ToText(user)], answers);
            }
        }
    });

    [Theory, Requirement("LOG-01")]
    public void LOG_01_Ipfix_EveryLifeIsAMatchedPairOfRegisteredEvents(BenchPath path) => Check(path, static bench =>
    {
        using var journal = new BenchJournal(bench, sessions: true);
        List<Dictionary<int, byte[]>> records = Export(bench, journal);
        ulong[] numbers = [.. records.Select(static record => IpfixReader.Number(record[NatEvent]))];
        Assert.All(numbers, static number => Assert.Contains(number, (ulong[])[4, 5, 16, 17, 18]));
        Assert.Equal((150, 150), (numbers.Count(static number => number == 4), numbers.Count(static number => number == 5)));
        Assert.Equal((3, 3), (numbers.Count(static number => number == 16), numbers.Count(static number => number == 17)));
        Assert.Contains(18ul, numbers);
        foreach ((ulong begin, ulong end) in new[] { (4ul, 5ul), (16ul, 17ul) })
            Assert.Equal(Sorted(records, begin), Sorted(records, end));
    }, Narrow);

    [Theory, Requirement("LOG-02")]
    public void LOG_02_Ipfix_EachEventHasItsMandatoryFields(BenchPath path) => Check(path, static bench =>
    {
        using var journal = new BenchJournal(bench, sessions: true);
        ulong start = (ulong)bench.Time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (Dictionary<int, byte[]> record in Export(bench, journal))
        {
            int[] needed = IpfixReader.Number(record[NatEvent]) switch
            {
                4 or 5 => [8, 4, 225, 7, 227, 12, 226, 11, 228, 234], // RFC 8158 section 5.6.1.
                16 or 17 => [8, 225, 361, 362, 234], // Section 5.6.10.
                _ => [467], // Section 5.6.11.
            };
            Assert.All(needed.Concat([ObservationTime, NatEvent]), field => Assert.True(record.ContainsKey(field), $"field {field} is missing"));
            Assert.InRange(IpfixReader.Number(record[ObservationTime]), start, start + 3_600_000);
            if (needed.Length > 1)
                Assert.Equal((A, E1), ((uint)IpfixReader.Number(record[8]), (uint)IpfixReader.Number(record[225])));
        }
    }, Narrow);

    [Theory, Requirement("LOG-03")]
    public void LOG_03_LeastRecord_IsWhatWasSeenOnTheWire(BenchPath path) => Check(path, static bench =>
    {
        using var journal = new BenchJournal(bench, sessions: true);
        bench.Wait(TimeSpan.FromSeconds(3));
        long ticks = bench.Time.GetUtcNow().UtcTicks;
        (uint Address, ushort Port) external = bench.Connect((A, 5000), (X1, 443));
        (JournalEntry Entry, IJournalEvent Event) found = Assert.Single(journal.NatEvents(), static pair => pair.Event is SessionOpened);
        var session = (SessionOpened)found.Event;
        Assert.Equal((ticks, 6, Ipv4Prefix.ToText(A), 5000, Ipv4Prefix.ToText(external.Address), (int)external.Port), (found.Entry.CreatedTicks, session.Protocol, session.User, session.InsidePort, session.Public, session.PublicPort));
    });

    [Theory, Requirement("LOG-04")]
    public void LOG_04_StoreAway_StopsNoPacket_AndTheGapIsOnRecord(BenchPath path) => Check(path, static bench =>
    {
        using var journal = new BenchJournal(bench, sessions: true, isAway: true, spillBytesMax: 8192);
        for (int flow = 0; flow < 300; flow++)
        {
            bench.Map((A, (ushort)(2000 + flow)), (X1, 53));
            if (flow % 10 == 0)
                journal.Flush();
        }

        journal.Flush();
        long lost = journal.Writer.Status.Lost;
        long made = journal.Writer.Status.Spilled + lost + 1; // And the flow to come.
        Assert.InRange(lost, 1, 300);
        Assert.Contains(journal.Notices, static text => text.Contains("is full", StringComparison.Ordinal));
        journal.IsAway = false;
        for (journal.Writer.RetryNow(); journal.Writer.Status.IsSpilling;)
            journal.Flush();
        bench.Map((A, 5000), (X1, 53));
        long recorded = journal.Read(static reader => reader.Replay("journal", 1, long.MaxValue, long.MaxValue).Select(EventCatalogue.Default.Decode).OfType<EventsLost>().Sum(static gap => gap.Count));
        Assert.Equal(lost, recorded);
        Assert.Equal(made - lost, journal.NatEvents().Count);
        Assert.Empty(journal.Read(static reader => ChainVerifier.VerifyAll(reader).Findings));
    }, static settings => settings with { PortBlockSize = 512 });

    [Theory, Requirement("LOG-05")]
    public void LOG_05_Record_PastItsPeriodOrErased_AnswersNobody(BenchPath path) => Check(path, static bench =>
    {
        using var journal = new BenchJournal(bench);
        (uint Address, ushort Port) old = bench.Map((A, 5000), (X1, 53));
        long seen = bench.Time.GetUtcNow().UtcTicks;
        bench.Wait(TimeSpan.FromHours(3));
        (uint Address, ushort Port) young = bench.Map((B, 5000), (X1, 53));
        long now = bench.Time.GetUtcNow().UtcTicks;
        Assert.Equal(Ipv4Prefix.ToText(A), Who(journal, old, seen, horizon: 0));
        Assert.Null(Who(journal, old, seen, horizon: now - TimeSpan.TicksPerHour)); // Still stored, not told.
        journal.Flush();
        journal.Use(store => Assert.NotNull(new Retention(TimeSpan.FromHours(1), BytesMax: 0).Apply(store, EventCatalogue.Default, now)));
        Assert.Null(Who(journal, old, seen, horizon: 0)); // Not stored.
        Assert.Equal(Ipv4Prefix.ToText(B), Who(journal, young, now, horizon: 0));
        journal.Read(reader =>
        {
            journal.Use(store => SubjectErasure.Run(store, reader, EventCatalogue.Default, Ipv4Prefix.ToText(B)));
            return 0;
        });
        Assert.Null(Who(journal, young, now, horizon: 0));
        Assert.Empty(journal.Read(static reader => ChainVerifier.VerifyAll(reader).Findings));
    });

    [Theory, Requirement("LOG-06")]
    public void LOG_06_Replay_GivesTheBlocksThatWereHeld_AtAnyTime(BenchPath path) => Check(path, static bench =>
    {
        using var journal = new BenchJournal(bench);
        var live = new List<(long Ticks, int Blocks)>();
        List<(long Ticks, uint User, (uint Address, ushort Port) External)> seen = LiveThrough(bench, step =>
        {
            if (step % 40 != 0)
                return;
            live.Add((bench.Time.GetUtcNow().UtcTicks, (int)bench.States.Sum(static state => state.Blocks.LeasedCount)));
            if (step % 400 == 0)
            {
                StoredSnapshot snapshot = journal.Ask(static queries => queries.StateAt(long.MaxValue)).Write();
                journal.Use(store => store.SaveSnapshot(snapshot));
            }

            bench.Wait(TimeSpan.FromMilliseconds(1)); // What comes next has another time.
        });
        Assert.True(live.Select(static one => one.Blocks).Distinct().Count() > 5, "the blocks hardly changed: it proves little");
        foreach ((long ticks, int blocks) in live)
            Assert.Equal(blocks, journal.Ask(queries => queries.StateAt(ticks)).Leases.Count);
        foreach ((long ticks, uint user, (uint address, ushort port)) in seen.Where(static (_, i) => i % 50 == 0))
        {
            PortLease lease = Assert.Single(journal.Ask(queries => queries.StateAt(ticks)).Leases, lease => lease.Covers(Ipv4Prefix.ToText(address), port));
            Assert.Equal(Ipv4Prefix.ToText(user), lease.User);
        }
    }, Crowded);

    private static NatSettings Narrow(NatSettings settings) =>
        settings with { PortFirst = 65_024, PortBlockSize = 64, UserIdle = TimeSpan.FromMinutes(1), PoolThresholdPercent = 25, Timeouts = new FlowTimeouts { Udp = TimeSpan.FromSeconds(30) } };

    private static NatSettings Crowded(NatSettings settings) => settings with
    {
        PortFirst = 57_344,
        PortBlockSize = 64,
        UserIdle = TimeSpan.FromSeconds(5),
        PortBlockHold = TimeSpan.FromSeconds(2),
        Timeouts = new FlowTimeouts { Udp = TimeSpan.FromSeconds(10) },
    };

    // Subscribers come and go; what the wire shows is the truth.
    private static List<(long Ticks, uint User, (uint Address, ushort Port) External)> LiveThrough(GatewayBench bench, Action<int> each)
    {
        var prng = new Prng(31);
        var seen = new List<(long, uint, (uint, ushort))>();
        for (int step = 0; step < Steps; step++)
        {
            for (int i = 0; i < QuestionsPerStep; i++)
            {
                uint user = A + (uint)(step / 20 % 60) + (uint)prng.Next(4 + (step / 100 % 4 * 8)); // More, then fewer.
                seen.Add((bench.Time.GetUtcNow().UtcTicks, user, bench.Map((user, (ushort)(2000 + prng.Next(2000))), (X1, 53))));
            }

            each(step);
            bench.Wait(TimeSpan.FromMilliseconds(1 + prng.Next(1500)));
        }

        return seen;
    }

    private static List<Dictionary<int, byte[]>> Export(GatewayBench bench, BenchJournal journal)
    {
        for (int flow = 0; flow < 150; flow++)
            bench.Map((A, (ushort)(2000 + flow)), (X1, 53));
        for (int minute = 0; minute < 10; minute++)
            bench.Wait(TimeSpan.FromMinutes(1));
        using var file = new MemoryStream();
        var export = new IpfixExport(message => file.Write(message.Span));
        foreach ((JournalEntry entry, IJournalEvent journalEvent) in journal.NatEvents())
            export.Add(entry, journalEvent);
        export.Flush();
        return IpfixReader.Read(file.ToArray());
    }

    // All fields but the time, the event and the volumes, which the end alone has.
    private static string[] Sorted(List<Dictionary<int, byte[]>> records, ulong natEvent) => [.. records
        .Where(record => IpfixReader.Number(record[NatEvent]) == natEvent)
        .Select(static record => string.Join(' ', record.Where(static pair => pair.Key is not (NatEvent or ObservationTime or 231 or 232)).Select(static pair => Convert.ToHexString(pair.Value))))
        .Order(StringComparer.Ordinal)];

    private static string? Who(BenchJournal journal, (uint Address, ushort Port) external, long ticks, long horizon) => journal.Read(reader =>
        new AuditQueries(reader, EventCatalogue.Default) { HorizonTicks = horizon }.Who(Ipv4Prefix.ToText(external.Address), external.Port, ticks).User);

    private static NatPlanChanged PlanOf(NatSettings settings)
    {
        var plan = new DeterministicPlan(settings);
        plan.TryFindRange(settings.LanPrefixes[0].Network, out _, out int first);
        return new NatPlanChanged(
            [.. settings.LanPrefixes.Select(static prefix => prefix.ToString())], [.. settings.PublicAddresses.Select(Ipv4Prefix.ToText)], first, plan.PortsPerUser,
            (int)(plan.UserCountMax / settings.PublicAddresses.Count));
    }
}
