using System.Collections.Concurrent;
using System.Security.Cryptography;
using Natflow.Journal.Chain;
using Natflow.Journal.Events;

namespace Natflow.Journal.Writing;

/// <summary>
/// Writes events from many senders into one store: all that wait go in one transaction, so that one flush to the disk serves many. While the store is
/// away, slow or full they go to a bounded spill file, and from there into the store when it is back: in order, none twice, for every batch has a mark
/// that the store remembers.
/// </summary>
/// <remarks>
/// <see cref="Append"/> may be called by any thread and never waits for the store. Encoding and hashing of payloads is the caller's work, numbering,
/// linking and storing that of one thread.
/// <code>
/// Append ─► memory ─► store                       (writing)
///              └────► spill file ─► store         (spilling, until the file is empty)
/// </code>
/// </remarks>
public sealed class JournalWriter : IDisposable
{
    private readonly JournalQueue _queue;
    private readonly StoreWriter _writer;
    private readonly EventCatalogue _catalogue;
    private readonly TimeProvider _clock;
    private readonly JournalWriterSettings _settings;
    private readonly Thread _thread;
    private readonly Func<string, (string Name, long Token)> _nameOf;
    private readonly ConcurrentDictionary<string, (string Name, long Token)> _streams = new(StringComparer.Ordinal);

    /// <summary>Starts writing. A store that is away is no reason not to.</summary>
    /// <param name="open">Opens the store; called again whenever it was lost.</param>
    /// <param name="catalogue">The events.</param>
    /// <param name="settings">Bounds.</param>
    /// <param name="clock">Time of events and of retries.</param>
    /// <param name="notify">Told of changes, on the writer's thread.</param>
    /// <exception cref="IOException">The spill file cannot be opened.</exception>
    public JournalWriter(Func<IJournalStore> open, EventCatalogue catalogue, JournalWriterSettings settings, TimeProvider clock, Action<JournalNotice> notify)
    {
        _catalogue = catalogue;
        _clock = clock;
        _settings = settings;
        _nameOf = streamId => (settings.Node.Length == 0 ? streamId : $"{streamId}@{settings.Node}", 0);
        _queue = new JournalQueue(settings.WaitingMax);
        var spill = new SpillFile(settings.SpillPath, settings.SpillBytesMax);
        _writer = new StoreWriter(open, spill, _queue, settings, clock, notify, MakeEntry);
        _thread = new Thread(_writer.Run) { Name = "journal", IsBackground = true };
        _thread.Start();
    }

    /// <summary>How it fares. Any thread.</summary>
    public JournalStatus Status => _writer.StatusWith(_queue.Count, _queue.RefusedCount);

    /// <summary>Takes events of one stream for writing. Any thread; keeps the order of calls.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="facts">The events.</param>
    /// <param name="done">Called once on the writer's thread: null when they are durable, in the store or in the spill file; else why they are not.</param>
    /// <returns>False if memory is full: the events are lost, and counted.</returns>
    /// <exception cref="NotSupportedException">An event is not in the catalogue: none is taken.</exception>
    public bool Append(string streamId, IReadOnlyList<JournalFact> facts, Action<Exception?>? done = null)
    {
        var entries = new JournalEntry[facts.Count];
        byte[] salts = RandomNumberGenerator.GetBytes(facts.Count * ChainHash.SaltBytes);
        for (int i = 0; i < entries.Length; i++)
            entries[i] = MakeEntry(streamId, facts[i], salts.AsSpan(i * ChainHash.SaltBytes, ChainHash.SaltBytes));
        return _queue.TryAdd(new PendingWrite(entries, done) { TakenAt = _clock.GetTimestamp() });
    }

    /// <summary>
    /// A stream is this writer's: what is appended from now on carries the token, and the store is told to refuse what others write under lower ones; while it is
    /// away, with the first event that it gets.
    /// </summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="token">Above 0, and above those of owners before.</param>
    public void Own(string streamId, long token)
    {
        _streams[streamId] = (streamId, token);
        AddWish(_ => _writer.Own(streamId, token));
    }

    /// <summary>Ends when everything before is durable; faulted if the last of it was lost.</summary>
    public Task Flush()
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        AddWish(_ => flushed.TrySetResult());
        return flushed.Task;
    }

    /// <summary>Calls back on the writer's thread when everything before is durable or known to be lost.</summary>
    public void WhenKept(Action done) => AddWish(_ => done());

    /// <summary>Runs an action on the store between two batches.</summary>
    /// <param name="action">Gets the store; may throw <see cref="StoreUnavailableException"/>.</param>
    /// <returns>Faulted if the store is away.</returns>
    public Task Use(Action<IJournalStore> action)
    {
        var used = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        AddWish(_ => _writer.Use(action, used));
        return used.Task;
    }

    /// <summary>Tries the store now, in place of waiting for the time of the next try.</summary>
    public void RetryNow() => _queue.WakeForRetry();

    /// <summary>Writes what waits and ends. What the store does not take stays in the spill file for the next process.</summary>
    public void Dispose()
    {
        _queue.Close();
        _thread.Join();
        _writer.Dispose();
    }

    private void AddWish(Action<Exception?> done) => _queue.AddAlways(new PendingWrite([], done) { TakenAt = _clock.GetTimestamp() });

    private JournalEntry MakeEntry(string streamId, JournalFact fact) => MakeEntry(streamId, fact, RandomNumberGenerator.GetBytes(ChainHash.SaltBytes));

    private JournalEntry MakeEntry(string streamId, JournalFact fact, ReadOnlySpan<byte> salt)
    {
        (string manifest, byte[] payload) = _catalogue.Encode(fact.Event);
        (string name, long token) = _streams.GetOrAdd(streamId, _nameOf);
        return new JournalEntry
        {
            StreamId = name,
            Token = token,
            SequenceNr = fact.SequenceNr,
            CreatedTicks = fact.CreatedTicks == 0 ? _clock.GetUtcNow().UtcTicks : fact.CreatedTicks,
            Manifest = manifest,
            Payload = payload,
            Salt = salt,
            Digest = ChainHash.OfPayload(salt, payload),
            Keys = EventKeys.Of(fact.Event),
        };
    }
}
