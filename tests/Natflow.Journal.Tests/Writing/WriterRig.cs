using System.Collections.Concurrent;
using Natflow.Journal.Chain;
using Natflow.Journal.Events;
using Natflow.Journal.Tests.Stores;
using Natflow.Journal.Writing;
using Natflow.Testing;

namespace Natflow.Journal.Tests.Writing;

/// <summary>A writer on a store that can be taken away.</summary>
internal sealed class WriterRig : IDisposable
{
    private JournalWriter? _writer;

    internal WriterRig(string engine = "sqlite", Func<JournalWriterSettings, JournalWriterSettings>? change = null, bool isGone = false)
    {
        Place = new TestJournalPlace(engine);
        Settings = new JournalWriterSettings { SpillPath = Path.Combine(Place.Directory, "journal.spill") };
        Settings = change?.Invoke(Settings) ?? Settings;
        Fault = new StoreFault(Place.Location) { IsGone = isGone };
        Start();
    }

    internal TestJournalPlace Place { get; }

    internal JournalWriterSettings Settings { get; }

    internal StoreFault Fault { get; }

    internal TestTime Time { get; } = new();

    internal ConcurrentQueue<JournalNotice> Notices { get; } = new();

    internal JournalWriter Writer => _writer!;

    internal static UrlVisited Visit(int i) => new("10.0.0.1", "tls", $"host{i}.example");

    public void Dispose()
    {
        _writer?.Dispose();
        Place.Dispose();
    }

    internal void Start() => _writer = new JournalWriter(Fault.Open, EventCatalogue.Default, Settings, Time, Notices.Enqueue);

    internal void Stop()
    {
        _writer!.Dispose();
        _writer = null;
    }

    internal Task<Exception?> Append(params IJournalEvent[] events)
    {
        var done = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(Writer.Append("s", [.. events.Select(static item => new JournalFact(item))], done.SetResult));
        return done.Task;
    }

    internal async Task Return()
    {
        Fault.IsGone = false;
        Writer.RetryNow();
        while (Writer.Status.IsSpilling)
            await Writer.Flush();
    }

    /// <summary>Hosts of the visits in stream <c>s</c>, in order; the chain is verified on the way.</summary>
    internal async Task<string> Hosts()
    {
        await Writer.Flush();
        using IJournalReader reader = Place.Location.OpenReader(computesDigests: true);
        (_, IReadOnlyList<ChainFinding> findings) = ChainVerifier.VerifyAll(reader);
        Assert.Empty(findings);
        JournalEntry[] entries = [.. reader.Replay("s", 1, long.MaxValue, long.MaxValue)];
        Assert.Equal(Enumerable.Range(1, entries.Length).Select(static i => (long)i), entries.Select(static entry => entry.SequenceNr));
        return string.Join(' ', entries.Select(static entry => ((UrlVisited)EventCatalogue.Default.Decode(entry)).Host[4..^8]));
    }
}
