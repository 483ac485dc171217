using Natflow.Journal.Chain;

namespace Natflow.Journal.Tests.Stores;

/// <summary>What every store does alike.</summary>
[Collection(StoreCollection.Name)]
public sealed class StoreConformanceTests
{
    public static TheoryData<string> Engines => TestJournalPlace.Engines;

    [Theory, MemberData(nameof(Engines))]
    public void J1_Append_AllOrNoneBecomeVisible(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        HeadMove head = Entries.Append(store, 1, before: null, Entries.Make("s", "a"), Entries.Make("s", "b"));
        JournalEntry twice = Entries.Make("s", "c");
        Assert.Throws<StoreConflictException>(() => Entries.Append(store, 2, head with { ToNr = 1 }, Entries.Make("s", "x"), twice));
        using IJournalReader reader = store.OpenReader();
        Assert.Equal("a b", reader.Replay("s", 1, long.MaxValue, long.MaxValue).Texts());
        Assert.Equal(1, store.ReadMark("writer"));
    }

    [Theory, MemberData(nameof(Engines))]
    public void J6_SecondWriter_IsAConflictAndNothingIsOverwritten(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        HeadMove head = Entries.Append(store, 1, before: null, Entries.Make("s", "a"));
        Entries.Append(store, 2, head, Entries.Make("s", "b"));
        Assert.Equal("s", Assert.Throws<StoreConflictException>(() => Entries.Append(store, 3, head, Entries.Make("s", "other"))).StreamId);
        Assert.Throws<StoreConflictException>(() => Entries.Append(store, 3, before: null, Entries.Make("s", "first")));
        using IJournalReader reader = store.OpenReader();
        Assert.Equal("a b", reader.Replay("s", 1, 9, 9).Texts());
    }

    [Theory]
    [MemberData(nameof(Ranges))]
    public void J8_Replay_BoundsAreInclusiveAscendingAndLimited(string engine, long from, long to, long max, string expected)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        Entries.Append(store, 1, before: null, [.. "abcde".Select(static letter => Entries.Make("s", letter.ToString()))]);
        Entries.Append(store, 2, before: null, Entries.Make("other", "x"));
        using IJournalReader reader = store.OpenReader();
        Assert.Equal(expected, reader.Replay("s", from, to, max).Texts());
    }

    public static TheoryData<string, long, long, long, string> Ranges()
    {
        var ranges = new TheoryData<string, long, long, long, string>();
        foreach (string engine in Engines.Cast<object[]>().Select(static row => (string)row[0]))
        {
            ranges.Add(engine, 1, long.MaxValue, long.MaxValue, "a b c d e");
            ranges.Add(engine, 2, 4, 9, "b c d");
            ranges.Add(engine, 3, 3, 9, "c");
            ranges.Add(engine, 1, 9, 2, "a b");
            ranges.Add(engine, 1, 9, 0, "");
            ranges.Add(engine, 4, 2, 9, "");
            ranges.Add(engine, 7, 9, 9, "");
        }

        return ranges;
    }

    [Theory, MemberData(nameof(Engines))]
    public void J9_HighestNumber_StaysAfterEverythingWasDeleted(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        HeadMove head = Entries.Append(store, 1, before: null, Entries.Make("s", "a"), Entries.Make("s", "b"));
        store.DeleteTo("s", long.MaxValue);
        store.DeleteTo("s", long.MaxValue); // Idempotent.
        using IJournalReader reader = store.OpenReader();
        Assert.Empty(reader.Replay("s", 1, 9, 9));
        Assert.Equal(2, reader.ReadHighest("s"));
        Assert.Equal(0, reader.ReadHighest("nobody"));
        Entries.Append(store, 2, head, Entries.Make("s", "c"));
        JournalEntry last = Assert.Single(reader.Replay("s", 1, 9, 9));
        Assert.Equal(3, last.SequenceNr);
    }

    [Theory, MemberData(nameof(Engines))]
    public void J11_DeleteTo_ARangeIsNotReplayedAndTheChainStillVerifies(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        Entries.Append(store, 1, before: null, [.. "abcde".Select(static letter => Entries.Make("s", letter.ToString(), 0, 7))]);
        store.DeleteTo("s", 3);
        using IJournalReader reader = place.Location.OpenReader(computesDigests: true);
        Assert.Equal("d e", reader.Replay("s", 1, 9, 9).Texts());
        Assert.Equal("d e", reader.FindKeys([7], 0, long.MaxValue, isNewestFirst: false).Texts());
        Assert.Empty(ChainVerifier.VerifyAll(reader).Findings);
    }

    [Theory, MemberData(nameof(Engines))]
    public void Append_RoundTrip_EveryColumnComesBack(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        JournalEntry entry = Entries.Make("strøm", "päyload", 5);
        Entries.Append(store, 1, before: null, entry);
        using IJournalReader reader = place.Location.OpenReader(computesDigests: true);
        JournalEntry read = Assert.Single(reader.ReadAll(0, long.MaxValue));
        Assert.Equal((entry.StreamId, entry.SequenceNr, entry.CreatedTicks, entry.Manifest, entry.WriterId, entry.Ordering), (read.StreamId, read.SequenceNr, read.CreatedTicks, read.Manifest, read.WriterId, read.Ordering));
        Assert.Equal(entry.Payload, read.Payload);
        Assert.Equal(entry.Salt.ToArray(), read.Salt.ToArray());
        Assert.Equal(entry.Digest.ToArray(), read.Digest.ToArray());
        Assert.Equal(entry.Link.ToArray(), read.Link.ToArray());
    }

    [Theory, MemberData(nameof(Engines))]
    public void ReadAll_WithoutSomeEvents_LeavesThemOutButTheLast(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        JournalEntry[] entries =
        [
            Named("url-visited:1", "a"), Named("url-visited-too:1", "b"), Named("user-seen:1", "c"), Named("url-visited:22", "d"), Named("url", "e"), Named("url-visited:1", "f"),
        ];
        Entries.Append(store, 1, before: null, entries);
        using IJournalReader reader = store.OpenReader();
        Assert.Equal("b c e f", reader.ReadAll(0, entries[5].Ordering, ["url-visited", "rules-changed"]).Texts());
        Assert.Equal("b c d", reader.ReadAll(entries[0].Ordering, entries[3].Ordering, ["url-visited"]).Texts());
        Assert.Equal("a b c d e f", reader.ReadAll(0, long.MaxValue, []).Texts());

        static JournalEntry Named(string manifest, string text)
        {
            JournalEntry entry = Entries.Make("s", text);
            return new JournalEntry { StreamId = entry.StreamId, CreatedTicks = entry.CreatedTicks, Manifest = manifest, Payload = entry.Payload, Salt = entry.Salt, Digest = entry.Digest, WriterId = entry.WriterId };
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public void ReadOrderingAt_ATime_IsTheLastEventUntilThen(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        JournalEntry[] entries = [Entries.Make("s", "a", 1), Entries.Make("s", "b", 1), Entries.Make("s", "c", 3)];
        Entries.Append(store, 1, before: null, entries);
        using IJournalReader reader = store.OpenReader();
        Assert.Equal(0, reader.ReadOrderingAt(Entries.Epoch.Ticks));
        Assert.Equal(entries[1].Ordering, reader.ReadOrderingAt(Entries.Epoch.AddSeconds(2).Ticks));
        Assert.Equal(entries[2].Ordering, reader.ReadOrderingAt(long.MaxValue));
        Assert.Equal(entries[2].CreatedTicks, store.ReadLatestTicks());
    }

    [Theory, MemberData(nameof(Engines))]
    public void FindKeys_OverManyBuckets_BothWays(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        HeadMove? head = null;
        for (int batch = 0; batch < 3; batch++)
            head = Entries.Append(store, batch + 1, head, [.. Enumerable.Range(0, 60_000).Select(i => i % 30_000 == 0 ? Entries.Make("s", $"{batch}.{i}", 0, 1, 2) : Entries.Make("s", "-"))]);
        using IJournalReader reader = store.OpenReader();
        Assert.Equal("0.0 0.30000 1.0 1.30000 2.0 2.30000", reader.FindKeys([1], 0, long.MaxValue, isNewestFirst: false).Texts());
        Assert.Equal("2.30000 2.0 1.30000", reader.FindKeys([2, 3], 0, long.MaxValue, isNewestFirst: true).Take(3).Texts());
        Assert.Equal("0.30000 1.0", reader.FindKeys([1], 1, 90_000, isNewestFirst: false).Texts());
    }

    [Theory, MemberData(nameof(Engines))]
    public void FindKeys_RunsAndRows_AreFoundTrimmedAndErasedAlike(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        JournalEntry[] run = [.. Enumerable.Range(0, 5000).Select(static i => Entries.Make("s", $"r{i}", 0, i % 1000, 5000 + i))];
        JournalEntry[] rows = [.. Enumerable.Range(0, 10).Select(static i => Entries.Make("s", $"w{i}", 0, i % 5))];
        HeadMove head = Entries.Append(store, 1, before: null, run);
        head = Entries.Append(store, 2, head, rows);
        Entries.Append(store, 3, head, [.. Enumerable.Range(0, 5000).Select(static i => Entries.Make("s", $"q{i}", 0, i % 1000))]);
        using IJournalReader reader = store.OpenReader();
        Assert.Equal("r3 r1003 r2003 r3003 r4003 w3 w8 q3 q1003 q2003 q3003 q4003", Find(reader, 3));
        Assert.Equal("r4999", Find(reader, 9999));
        Assert.Equal("", Find(reader, 10_000));

        store.Erase([run[1003], run[4999], rows[3]]);
        Assert.Equal("r3 r2003 r3003 r4003 w8 q3 q1003 q2003 q3003 q4003", Find(reader, 3));
        Assert.Equal("", Find(reader, 9999));
        Assert.Equal("r4998", Find(reader, 9998));

        store.Trim(run[3500].Ordering); // In the middle of a run: its rest is still found.
        Assert.Equal("r4003 w8 q3 q1003 q2003 q3003 q4003", Find(reader, 3));
        store.Trim(rows[^1].Ordering);
        Assert.Equal("q3 q1003 q2003 q3003 q4003", Find(reader, 3));
    }

    private static string Find(IJournalReader reader, long key) => reader.FindKeys([key], 0, long.MaxValue, isNewestFirst: false).Texts();

    [Theory, MemberData(nameof(Engines))]
    public void S1_S3_S4_Snapshots_HighestThatFitsOverwritesAndDeletes(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        foreach (int number in new[] { 1, 3, 2 })
            store.SaveSnapshot(new StoredSnapshot("s", number, number * 10, "m", [(byte)number]));
        store.SaveSnapshot(new StoredSnapshot("s", 3, 30, "m", [33]));
        using IJournalReader reader = store.OpenReader();
        Assert.Equal([33], reader.LoadSnapshot("s", long.MaxValue, long.MaxValue)!.Content);
        Assert.Equal(2, reader.LoadSnapshot("s", 2, long.MaxValue)!.SequenceNr);
        Assert.Equal(1, reader.LoadSnapshot("s", 9, 15)!.SequenceNr);
        Assert.Null(reader.LoadSnapshot("other", 9, 15));
        Assert.Equal(1, reader.LoadOldestSnapshot("s")!.SequenceNr);
        store.DeleteSnapshots("s", 2, long.MaxValue);
        Assert.Equal(3, reader.LoadOldestSnapshot("s")!.SequenceNr);
    }

    [Theory, MemberData(nameof(Engines))]
    public void Trim_TheOldest_ChainsBeginBehindTheCut(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        HeadMove first = Entries.Append(store, 1, before: null, Entries.Make("a", "1"), Entries.Make("a", "2"));
        HeadMove second = Entries.Append(store, 2, before: null, Entries.Make("b", "3"));
        JournalEntry cut = Entries.Make("a", "4");
        first = Entries.Append(store, 3, first, cut);
        Entries.Append(store, 4, first, Entries.Make("a", "5"));
        Assert.Equal(4, store.Trim(cut.Ordering));
        Entries.Append(store, 5, second, Entries.Make("b", "6"));
        using IJournalReader reader = place.Location.OpenReader(computesDigests: true);
        Assert.Equal("5 6", reader.ReadAll(0, long.MaxValue).Texts());
        Assert.Equal(cut.Ordering, reader.ReadOldestOrdering());
        Assert.Empty(ChainVerifier.VerifyAll(reader).Findings);
        Assert.True(reader.ReadSizeBytes() > 0);
    }

    [PostgreSqlFact]
    public void PostgreSql_IsRunAgainstTheSameSuite() => Assert.Equal(2, Engines.Count);
}
