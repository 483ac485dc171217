using System.Collections.Concurrent;
using Natflow.Journal.Chain;
using Natflow.Journal.Events;
using Natflow.Journal.Tests.Stores;
using Natflow.Journal.Writing;

namespace Natflow.Journal.Tests.Faults;

/// <summary>A writer on a real store.</summary>
internal sealed class FaultRig : IDisposable
{
    internal FaultRig(string engine)
    {
        Place = new TestJournalPlace(engine);
        Writer = Open(Place.Location, "spill");
    }

    internal TestJournalPlace Place { get; }

    internal JournalWriter Writer { get; private set; }

    /// <summary>What an operator was told.</summary>
    internal ConcurrentQueue<JournalNotice> Notices { get; } = new();

    /// <summary>An operator was told of a problem in these words and where events wait, once, and of its end if it is over.</summary>
    internal void AssertTold(string words, bool isOver)
    {
        JournalNotice problem = Assert.Single(Notices, static notice => notice.IsProblem);
        Assert.Contains(words, problem.Text, StringComparison.Ordinal);
        Assert.Contains("; forwarding goes on, events wait in ", problem.Text, StringComparison.Ordinal);
        Assert.Contains(words, Writer.Status.LastProblem, StringComparison.Ordinal);
        Assert.Equal(isOver, Notices.Any(static notice => !notice.IsProblem && notice.Text.Contains("is in use again", StringComparison.Ordinal)));
    }

    public void Dispose()
    {
        Writer.Dispose();
        Place.Dispose();
    }

    internal async Task Use(JournalLocation location, Func<Task> action)
    {
        Writer.Dispose();
        Writer = Open(location, "other-spill");
        await action();
        Writer.Dispose();
        Writer = Open(Place.Location, "spill");
    }

    internal async Task Append(int number, int count = 1)
    {
        var done = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(Writer.Append("s", [.. Enumerable.Range(0, count).Select(i => new JournalFact(new UrlVisited("10.0.0.1", "tls", $"h{number}-{i}.example")))], done.SetResult));
        Assert.Null(await done.Task);
    }

    internal async Task Return()
    {
        do
        {
            Writer.RetryNow();
            await Writer.Flush();
        }
        while (Writer.Status.IsSpilling);
    }

    /// <summary>Events in stream <c>s</c>; numbers without a gap, chain verified, each host once.</summary>
    internal async Task<int> Count()
    {
        await Writer.Flush();
        using IJournalReader reader = Place.Location.OpenReader(computesDigests: true);
        Assert.Empty(ChainVerifier.VerifyAll(reader).Findings);
        JournalEntry[] entries = [.. reader.Replay("s", 1, long.MaxValue, long.MaxValue)];
        Assert.Equal(entries.Length, entries[^1].SequenceNr);
        Assert.Equal(entries.Length, entries.Select(static entry => ((UrlVisited)EventCatalogue.Default.Decode(entry)).Host).Distinct().Count());
        return entries.Length;
    }

    private JournalWriter Open(JournalLocation location, string spill) => new(
        location.Open, EventCatalogue.Default, new JournalWriterSettings { SpillPath = Path.Combine(Place.Directory, spill) }, TimeProvider.System, Notices.Enqueue);
}
