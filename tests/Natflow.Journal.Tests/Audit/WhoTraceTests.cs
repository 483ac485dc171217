using Natflow.Journal.Audit;
using Natflow.Journal.Events;
using Natflow.Journal.Tests.Stores;
using Natflow.Journal.Writing;

namespace Natflow.Journal.Tests.Audit;

/// <summary>A shard's history in the journals of the nodes that owned it, one after another: whoever is asked, the answer is the same.</summary>
[Collection(StoreCollection.Name)]
public sealed class WhoTraceTests
{
    private const string Public = "198.51.100.9";

    [Theory]
    [InlineData(0.5, null, null)]
    [InlineData(1.5, "10.0.0.1", 3.0)] // The lease is g1's; g2 ended it.
    [InlineData(2.5, "10.0.0.1", 3.0)] // The shard is g2's by now, whose journal says nothing yet.
    [InlineData(3.5, null, null)] // g1 still believes it.
    [InlineData(4.5, "10.0.0.2", 6.0)]
    [InlineData(5.5, "10.0.0.2", 6.0)] // The shard is g1's again.
    [InlineData(7.0, "10.0.0.3", null)]
    public void Merge_ShardThatWentToAndFro_IsAnsweredAlikeAtEachNode(double minute, string? user, double? untilMinute)
    {
        using var first = new TestJournalPlace("sqlite");
        using var second = new TestJournalPlace("sqlite");
        using (JournalWriter g1 = Open(first), g2 = Open(second))
        {
            Append(g1, 1, new PortBlockAllocated("10.0.0.1", 0, 0, Public, 1024, 128));
            Append(g2, 3, new PortBlockReleased("10.0.0.1", 0, 0, Public, 1024, 128));
            Append(g2, 4, new PortBlockAllocated("10.0.0.2", 0, 0, Public, 1024, 128));
            Append(g1, 6, new PortBlockReleased("10.0.0.2", 0, 0, Public, 1024, 128));
            Append(g1, 6.5, new PortBlockAllocated("10.0.0.3", 0, 0, Public, 1024, 128));
        }

        WhoTrace one = Trace(first, minute);
        WhoTrace two = Trace(second, minute);
        foreach (WhoAnswer answer in new[] { WhoTrace.Merge(one, [two]), WhoTrace.Merge(two, [one]) })
        {
            Assert.Equal(user, answer.User);
            Assert.Equal(untilMinute is { } until ? AuditTime.Text(AuditRig.At(until)) : null, answer.Until);
        }
    }

    [Fact]
    public void Read_WhatTravelled_IsTheSame()
    {
        using var place = new TestJournalPlace("sqlite");
        using (JournalWriter writer = Open(place))
            Append(writer, 1, new PortBlockAllocated("10.0.0.1", 0, 0, Public, 1024, 128));
        WhoTrace trace = Trace(place, 2);
        Assert.Equal(trace, WhoTrace.Read(trace.ToBytes()));
        var question = new WhoQuestion(Public, 1100, AuditRig.At(2));
        Assert.Equal(question, WhoQuestion.Read(question.ToBytes()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"answer\":{}}")]
    [InlineData("{\"who\":\"1.2.3.4\",\"port\":0,\"ticks\":1}")]
    [InlineData("{\"who\":\"1.2.3.4\",\"port\":1,\"ticks\":-1}")]
    public void Read_AnythingElse_IsNone(string text)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        Assert.Null(WhoTrace.Read(bytes));
        Assert.Null(WhoQuestion.Read(bytes));
    }

    private static WhoTrace Trace(TestJournalPlace place, double minute)
    {
        using IJournalReader reader = place.Location.OpenReader();
        return new AuditQueries(reader, EventCatalogue.Default).Trace(Public, 1100, AuditRig.At(minute));
    }

    private static JournalWriter Open(TestJournalPlace place) => new(
        place.Location.Open, EventCatalogue.Default, new JournalWriterSettings { SpillPath = Path.Combine(place.Directory, "spill") }, TimeProvider.System, static _ => { });

    private static void Append(JournalWriter writer, double minute, IJournalEvent journalEvent) =>
        writer.Append("nat-0", [new JournalFact(journalEvent, AuditRig.At(minute))]);
}
