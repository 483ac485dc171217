using Natflow.Journal.Events;
using Natflow.Journal.Tests.Stores;
using Natflow.Journal.Writing;

namespace Natflow.Journal.Tests.Writing;

[Collection(StoreCollection.Name)]
public sealed class JournalWriterTests
{
    public static TheoryData<string> Engines => TestJournalPlace.Engines;

    [Theory, MemberData(nameof(Engines))]
    public async Task Append_ManySenders_AllAreStoredInOrderAndTheChainVerifies(string engine)
    {
        using var rig = new WriterRig(engine);
        for (int i = 0; i < 50; i++)
            Assert.Null(await rig.Append(WriterRig.Visit(2 * i), WriterRig.Visit((2 * i) + 1)));
        Assert.Equal(string.Join(' ', Enumerable.Range(0, 100)), await rig.Hosts());
        Assert.Equal(100, rig.Writer.Status.Stored);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Store_GoneAndBack_EventsAreStoredInOrderAndNoneTwice(string engine)
    {
        using var rig = new WriterRig(engine);
        await rig.Append(WriterRig.Visit(0));
        rig.Fault.IsGone = true;
        for (int i = 1; i < 20; i++)
            Assert.Null(await rig.Append(WriterRig.Visit(i))); // Durable: in the spill file.
        Assert.True(rig.Writer.Status.IsSpilling);
        Assert.Equal(19, rig.Writer.Status.Spilled);
        await rig.Return();
        await rig.Append(WriterRig.Visit(20));
        Assert.Equal(string.Join(' ', Enumerable.Range(0, 21)), await rig.Hosts());
        Assert.Equal([true, false], rig.Notices.Select(static notice => notice.IsProblem)); // Told once, not at every event.
        Assert.Equal(0, rig.Writer.Status.SpillBytes);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Store_AnswerLost_TheBatchIsNotStoredTwice(string engine)
    {
        using var rig = new WriterRig(engine);
        await rig.Append(WriterRig.Visit(0));
        rig.Fault.LosesNextAnswer = true;
        Assert.Null(await rig.Append(WriterRig.Visit(1)));
        Assert.True(rig.Writer.Status.IsSpilling);
        Assert.Null(await rig.Append(WriterRig.Visit(2)));
        await rig.Return();
        Assert.Equal("0 1 2", await rig.Hosts());
        Assert.Equal(0, rig.Writer.Status.Lost); // That one batch was there already is no conflict.
    }

    [Fact]
    public async Task Store_GoneAtStart_EventsWaitInTheSpillFile()
    {
        using var rig = new WriterRig(isGone: true);
        Assert.Null(await rig.Append(WriterRig.Visit(0)));
        await rig.Return();
        Assert.Equal("0", await rig.Hosts());
    }

    [Fact]
    public async Task Retry_ByTheClock_TheStoreIsTriedAgain()
    {
        using var rig = new WriterRig(isGone: true);
        await rig.Append(WriterRig.Visit(0));
        rig.Fault.IsGone = false;
        rig.Time.Advance(rig.Settings.RetryMin);
        while (rig.Writer.Status.IsSpilling)
            await rig.Writer.Flush();
        Assert.Equal("0", await rig.Hosts());
    }

    [Fact]
    public async Task Process_DiedWhileSpilling_TheNextOneStoresWhatWaits()
    {
        using var rig = new WriterRig();
        await rig.Append(WriterRig.Visit(0));
        rig.Fault.IsGone = true;
        await rig.Append(WriterRig.Visit(1));
        await rig.Append(WriterRig.Visit(2));
        rig.Stop();
        rig.Fault.IsGone = false;
        rig.Start();
        await rig.Append(WriterRig.Visit(3));
        Assert.Equal("0 1 2 3", await rig.Hosts());
    }

    [Fact]
    public async Task Spill_HalfWritten_TheTornEndIsDroppedAndTheRestStored()
    {
        using var rig = new WriterRig(isGone: true);
        await rig.Append(WriterRig.Visit(0));
        long whole = new FileInfo(rig.Settings.SpillPath).Length;
        await rig.Append(WriterRig.Visit(1));
        rig.Stop();
        using (FileStream file = File.OpenWrite(rig.Settings.SpillPath))
            file.SetLength(whole + ((file.Length - whole) / 2));
        rig.Fault.IsGone = false;
        rig.Start();
        await rig.Append(WriterRig.Visit(2));
        Assert.Equal("0 2", await rig.Hosts());
        Assert.Contains(rig.Notices, static notice => notice.Text.Contains("half written and are dropped; nobody was told that they are kept", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Spill_Full_LossIsCountedToldOnceAndPutOnRecord()
    {
        using var rig = new WriterRig(change: static settings => settings with { SpillBytesMax = 600 });
        rig.Fault.IsGone = true;
        var outcomes = new List<Exception?>();
        for (int i = 0; i < 10; i++)
            outcomes.Add(await rig.Append(WriterRig.Visit(i)));
        int kept = outcomes.Count(static outcome => outcome is null);
        Assert.InRange(kept, 1, 9);
        Assert.IsType<SpillFullException>(outcomes[^1]);
        Assert.Equal(10 - kept, rig.Writer.Status.Lost);
        await rig.Return();
        await rig.Append(WriterRig.Visit(10));
        Assert.Equal(string.Join(' ', [.. Enumerable.Range(0, kept), 10]), await rig.Hosts());
        using IJournalReader reader = rig.Place.Location.OpenReader();
        JournalEntry entry = Assert.Single(reader.Replay(StoreWriter.OwnStream, 1, 9, 9));
        Assert.Equal(10 - kept, Assert.IsType<EventsLost>(EventCatalogue.Default.Decode(entry)).Count);
        Assert.Single(rig.Notices, static notice => notice.Text.Contains("is full", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lost_StoreGoneWhenItIsPutOnRecord_IsPutThereLater()
    {
        using var rig = new WriterRig(change: static settings => settings with { WaitingMax = 4 });
        await rig.Append(WriterRig.Visit(0));
        Assert.False(rig.Writer.Append("s", [.. Enumerable.Range(1, 5).Select(static i => new JournalFact(WriterRig.Visit(i)))]));
        rig.Fault.IsGone = true;
        await rig.Append(WriterRig.Visit(1)); // The record of the loss goes with this batch, which fails.
        await rig.Return();
        await rig.Append(WriterRig.Visit(2));
        using IJournalReader reader = rig.Place.Location.OpenReader();
        Assert.Equal(5, Assert.IsType<EventsLost>(EventCatalogue.Default.Decode(Assert.Single(reader.Replay(StoreWriter.OwnStream, 1, 9, 9)))).Count);
    }

    [Fact]
    public async Task Clock_StepsBack_TimesNeverFallAndTheStepIsOnRecord()
    {
        using var rig = new WriterRig();
        long later = rig.Time.GetUtcNow().AddHours(1).UtcTicks;
        var done = new TaskCompletionSource();
        rig.Writer.Append("s", [new JournalFact(WriterRig.Visit(0), later)], _ => done.SetResult());
        await done.Task;
        await rig.Append(WriterRig.Visit(1)); // An hour before.
        using IJournalReader reader = rig.Place.Location.OpenReader();
        Assert.Equal([later, later], reader.Replay("s", 1, 9, 9).Select(static entry => entry.CreatedTicks));
        Assert.IsType<ClockSteppedBack>(EventCatalogue.Default.Decode(Assert.Single(reader.Replay(StoreWriter.OwnStream, 1, 9, 9))));
        JournalNotice told = Assert.Single(rig.Notices);
        Assert.StartsWith("the clock stepped back from 20", told.Text, StringComparison.Ordinal);
        Assert.EndsWith("events carry the earlier time until it has come up", told.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conflict_OfOneWrite_OthersOfTheBatchAreStored()
    {
        using var rig = new WriterRig();
        await rig.Append(WriterRig.Visit(0));
        var used = new TaskCompletionSource<Exception?>();
        rig.Writer.Append("s", [new JournalFact(WriterRig.Visit(9), 0, SequenceNr: 1)], used.SetResult); // A number that is used.
        Assert.IsType<StoreConflictException>(await used.Task);
        Assert.Null(await rig.Append(WriterRig.Visit(1)));
        Assert.Equal("0 1", await rig.Hosts());
    }

    [Fact]
    public void Memory_Full_IsRefusedAndCounted()
    {
        using var rig = new WriterRig(change: static settings => settings with { WaitingMax = 4 });
        Assert.False(rig.Writer.Append("s", [.. Enumerable.Range(0, 5).Select(static i => new JournalFact(WriterRig.Visit(i)))]));
        Assert.Equal(5, rig.Writer.Status.Lost);
    }
}
