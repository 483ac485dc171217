using Natflow.Journal.Events;
using Natflow.Journal.Tests.Stores;
using Natflow.Journal.Writing;
using Natflow.Testing;

namespace Natflow.Journal.Tests.Writing;

/// <summary>Writers of several nodes on one store: streams go from one to the other, and a deposed one gets nothing in.</summary>
[Collection(StoreCollection.Name)]
public sealed class OwnedStreamTests
{
    public static TheoryData<string> Engines => TestJournalPlace.Engines;

    [Theory, MemberData(nameof(Engines))]
    public async Task Own_StreamThatGoesToAndFro_LosesNothingAndVerifies(string engine)
    {
        using var rig = new WriterRig(engine);
        using JournalWriter other = Other(rig, "g2");
        long token = 0;
        for (int turn = 0; turn < 6; turn++)
        {
            JournalWriter owner = turn % 2 == 0 ? rig.Writer : other;
            owner.Own("s", ++token);
            Assert.Null(await Append(owner, WriterRig.Visit(turn)));
        }

        Assert.Equal("0 1 2 3 4 5", await rig.Hosts());
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Append_ByADeposedOwner_IsRefusedAndCounted(string engine)
    {
        using var rig = new WriterRig(engine);
        using JournalWriter other = Other(rig, "g2");
        rig.Writer.Own("s", 5);
        Assert.Null(await rig.Append(WriterRig.Visit(0)));
        other.Own("s", 9);
        await other.Flush();
        Assert.IsType<StoreFencedException>(await rig.Append(WriterRig.Visit(1)));
        Assert.Equal(1, rig.Writer.Status.Lost);
        Assert.Null(await Append(other, WriterRig.Visit(2)));
        Assert.Equal("0 2", await rig.Hosts());
    }

    [Fact]
    public async Task Return_EventsThatWaitedUnderAnOldToken_AreRefused()
    {
        using var rig = new WriterRig();
        using JournalWriter other = Other(rig, "g2");
        rig.Writer.Own("s", 5);
        Assert.Null(await rig.Append(WriterRig.Visit(0)));
        rig.Fault.IsGone = true;
        Assert.Null(await rig.Append(WriterRig.Visit(1))); // In the spill file, with its token.
        rig.Stop();
        other.Own("s", 9);
        await other.Flush();
        rig.Fault.IsGone = false;
        rig.Start(); // Another process: what it knows of tokens comes from the file.
        Assert.Equal("0", await rig.Hosts());
        Assert.Equal(1, rig.Writer.Status.Lost);
    }

    [Fact]
    public async Task Own_WhileTheStoreIsAway_FencesWhenItIsBack()
    {
        using var rig = new WriterRig();
        using JournalWriter other = Other(rig, "g2");
        other.Own("s", 5);
        Assert.Null(await Append(other, WriterRig.Visit(0)));
        rig.Fault.IsGone = true;
        Assert.Null(await Append(rig.Writer, "t", WriterRig.Visit(9)));
        rig.Writer.Own("s", 9);
        await rig.Return();
        Assert.IsType<StoreFencedException>(await Append(other, WriterRig.Visit(1)));
        Assert.Equal("0", await rig.Hosts());
    }

    [Fact]
    public async Task Append_StreamOfNobody_IsTheNodesOwn()
    {
        using var rig = new WriterRig(change: static settings => settings with { Node = "g1" });
        using JournalWriter other = Other(rig, "g2");
        Assert.Null(await Append(rig.Writer, "gateway", WriterRig.Visit(0)));
        Assert.Null(await Append(other, "gateway", WriterRig.Visit(1)));
        using IJournalReader reader = rig.Place.Location.OpenReader();
        Assert.Equal(["gateway@g1", "gateway@g2"], reader.ReadEnds().Select(static ends => ends.StreamId));
    }

    private static JournalWriter Other(WriterRig rig, string node) => new(
        rig.Place.Location.Open, EventCatalogue.Default, rig.Settings with { SpillPath = rig.Settings.SpillPath + "." + node, Node = node }, new TestTime(), static _ => { });

    private static Task<Exception?> Append(JournalWriter writer, IJournalEvent visit) => Append(writer, "s", visit);

    private static Task<Exception?> Append(JournalWriter writer, string stream, IJournalEvent visit)
    {
        var done = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(writer.Append(stream, [new JournalFact(visit)], done.SetResult));
        return done.Task;
    }
}
