using Natflow.Journal.Chain;
using Natflow.Journal.Events;
using Natflow.Memory;

namespace Natflow.Journal.Writing;

/// <summary>The writer's thread: batches into the store, or into the spill file while the store is away.</summary>
internal sealed class StoreWriter : IDisposable
{
    /// <summary>Stream of what the journal says of itself.</summary>
    internal const string OwnStream = "journal";

    private static readonly long StepTicks = TimeSpan.FromSeconds(1).Ticks;

    private readonly string _writerId = Guid.NewGuid().ToString("N");
    private readonly ChainState _chain = new();
    private readonly Func<IJournalStore> _open;
    private readonly SpillFile _spill;
    private readonly JournalQueue _queue;
    private readonly JournalWriterSettings _settings;
    private readonly TimeProvider _clock;
    private readonly Action<JournalNotice> _notify;
    private readonly Func<string, JournalFact, JournalEntry> _make;
    private readonly ITimer _retry;
    private readonly List<JournalEntry> _entries = [];
    private readonly Dictionary<string, long> _owned = new(StringComparer.Ordinal);
    private IJournalStore? _store;
    private string _name = "journal";
    private TimeSpan _retryAfter;
    private long _batchNr;
    private long _stored;
    private long _spilled;
    private long _lost;
    private long _lostOnRecord;
    private long _spillBytes;
    private long _leftAt;
    private volatile string? _problem;
    private volatile Trouble? _lastProblem;
    private bool _isSpillFull;
    private bool _isBehindClock;

    internal StoreWriter(
        Func<IJournalStore> open, SpillFile spill, JournalQueue queue, JournalWriterSettings settings, TimeProvider clock, Action<JournalNotice> notify,
        Func<string, JournalFact, JournalEntry> make)
    {
        _open = open;
        _spill = spill;
        _queue = queue;
        _settings = settings;
        _clock = clock;
        _notify = notify;
        _make = make;
        _retryAfter = settings.RetryMin;
        _retry = clock.CreateTimer(_ => queue.WakeForRetry(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _retry.Dispose();
        _store?.Dispose();
        _spill.Dispose();
    }

    internal JournalStatus StatusWith(int waiting, long refused) => new(
        _name, _problem is not null, Volatile.Read(ref _stored), Volatile.Read(ref _spilled), Volatile.Read(ref _lost) + refused, waiting, Volatile.Read(ref _spillBytes), _problem)
    {
        Lag = LagOf(_problem is not null ? Volatile.Read(ref _leftAt) : _queue.OldestAt),
        LastProblem = _lastProblem?.Text,
        LastProblemAt = _lastProblem?.At,
    };

    internal void Run()
    {
        ThreadNiceness.TryLower(ThreadNiceness.Background); // Forwarding goes first; the spill file bounds what that can cost.
        if (_spill.TornBytes != 0)
            _notify(new JournalNotice(IsProblem: true, $"{_settings.SpillPath}: {_spill.TornBytes} bytes at the end were half written and are dropped; nobody was told that they are kept"));
        TryReturn();
        while (true)
        {
            List<PendingWrite> taken = _queue.Take(_settings.BatchMax, out bool isRetryDue);
            if (taken.Count != 0)
                Handle(taken);
            if (isRetryDue && _problem is not null)
                TryReturn();
            if (taken.Count == 0 && !isRetryDue && _queue.IsClosed)
                break;
        }

        if (_problem is not null)
            TryReturn();
    }

    internal void Use(Action<IJournalStore> action, TaskCompletionSource used)
    {
        if (_store is null || _problem is not null)
        {
            used.TrySetException(new StoreUnavailableException(_problem ?? "the journal is not open"));
            return;
        }

        try
        {
            action(_store);
            used.TrySetResult();
        }
#pragma warning disable CA1031 // It is the caller's affair.
        catch (Exception e)
        {
            used.TrySetException(e);
        }
#pragma warning restore CA1031
    }

    /// <summary>A stream is this writer's; others have gone on with it meanwhile.</summary>
    internal void Own(string streamId, long token)
    {
        _owned[streamId] = token;
        if (_store is null || _problem is not null)
            return; // The first event says it, and where the stream stands is read when the store is back.
        try
        {
            _store.Fence(streamId, token);
            _chain.Load(_store);
        }
        catch (StoreFencedException fenced)
        {
            _notify(new JournalNotice(IsProblem: true, fenced.Message));
        }
        catch (StoreUnavailableException failure)
        {
            Leave(failure.Message);
        }
    }

    private void Handle(List<PendingWrite> taken)
    {
        if (_problem is null && _queue.Count > _settings.SlowAt)
            Leave($"{_name} is slower than its events: {_queue.Count} wait");
        if (_problem is null)
            Store(taken);
        else
            Spill(taken, NextMark());
    }

    private BatchMark NextMark() => new(_writerId, ++_batchNr);

    private void Store(List<PendingWrite> taken)
    {
        List<JournalEntry> entries = EntriesOf(taken);
        if (entries.Count == 0)
        {
            Tell(taken, failure: null);
            return;
        }

        (long, bool) onRecord = (_lostOnRecord, _isBehindClock);
        RecordOddities(entries);
        BatchMark mark = NextMark();
        try
        {
            Append(entries, mark);
            Tell(taken, failure: null);
        }
        catch (StoreConflictException conflict)
        {
            (_lostOnRecord, _isBehindClock) = onRecord;
            OnConflict(taken, conflict);
        }
        catch (StoreUnavailableException failure)
        {
            (_lostOnRecord, _isBehindClock) = onRecord; // What was to be put on record was not.
            Leave(failure.Message);
            Spill(taken, mark); // Under its mark: it may have been stored after all.
        }
    }

    // One list for all batches: one of this size is a large object to the collector.
    private List<JournalEntry> EntriesOf(List<PendingWrite> taken)
    {
        _entries.Clear();
        foreach (PendingWrite write in taken)
            _entries.AddRange(write.Entries);
        return _entries;
    }

    private void Append(IReadOnlyList<JournalEntry> entries, BatchMark mark)
    {
        IReadOnlyList<HeadMove> moves = _chain.Link(entries, _writerId);
        _store!.Append(entries, moves, mark);
        _chain.Accept(moves, entries);
        Interlocked.Add(ref _stored, entries.Count);
    }

    // One that cannot be stored must not take the others with it (contract J7).
    private void OnConflict(List<PendingWrite> taken, StoreConflictException conflict)
    {
        if (taken.Count > 1)
        {
            foreach (PendingWrite write in taken)
                Store([write]);
            return;
        }

        _notify(new JournalNotice(IsProblem: true, conflict.Message));
        Interlocked.Add(ref _lost, taken[0].Entries.Count);
        Tell(taken, conflict);
        try
        {
            _chain.Load(_store!);
        }
        catch (StoreUnavailableException failure)
        {
            Leave(failure.Message);
        }
    }

    private void Spill(List<PendingWrite> taken, BatchMark mark)
    {
        List<JournalEntry> entries = EntriesOf(taken);
        Exception? failure = null;
        if (entries.Count != 0)
        {
            RecordOddities(entries);
            failure = TrySpill(new SpillUnit(mark, entries));
        }

        if (failure is null)
            Interlocked.Add(ref _spilled, entries.Count);
        else
            Interlocked.Add(ref _lost, entries.Count);
        Volatile.Write(ref _spillBytes, _spill.LengthBytes);
        Tell(taken, failure);
    }

    private Exception? TrySpill(SpillUnit unit)
    {
        try
        {
            bool fits = _spill.TryAppend(unit);
            if (!fits)
                TellFull($"{_settings.SpillPath} is full ({_settings.SpillBytesMax} bytes): events are lost until the store is back");
            return fits ? null : new SpillFullException($"{_settings.SpillPath} is full");
        }
        catch (IOException error)
        {
            TellFull($"{_settings.SpillPath} cannot be written ({error.Message}): events are lost until the store is back");
            return error;
        }
    }

    private void TellFull(string text)
    {
        if (!_isSpillFull)
            _notify(new JournalNotice(IsProblem: true, text));
        _isSpillFull = true;
    }

    private static void Tell(List<PendingWrite> taken, Exception? failure)
    {
        foreach (PendingWrite write in taken)
            write.Done?.Invoke(failure);
    }

    private TimeSpan LagOf(long? since) => since is { } start ? _clock.GetElapsedTime(start) : TimeSpan.Zero;

    private void Leave(string problem)
    {
        if (_problem is null)
            Volatile.Write(ref _leftAt, _queue.OldestAt ?? _clock.GetTimestamp());
        if (_problem != problem)
            _lastProblem = new Trouble(problem, _clock.GetUtcNow());
        if (_problem is null)
            _notify(new JournalNotice(IsProblem: true, $"{problem}; forwarding goes on, events wait in {_settings.SpillPath}"));
        _problem = problem;
        ScheduleRetry();
    }

    private void ScheduleRetry()
    {
        _retry.Change(_retryAfter, Timeout.InfiniteTimeSpan);
        _retryAfter = TimeSpan.FromTicks(Math.Min(_retryAfter.Ticks * 2, _settings.RetryMax.Ticks));
    }

    /// <summary>Opens the store and gives it what waits in the spill file.</summary>
    private void TryReturn()
    {
        try
        {
            _store?.Dispose();
            _store = null;
            _store = _open();
            _name = _store.Name;
            _chain.Load(_store);
            long count = Drain(_store);
            ClaimAgain(_store);
            if (_problem is not null || count != 0)
                _notify(new JournalNotice(IsProblem: false, $"{_name} is in use again; {count} events came from the spill file"));
            _problem = null;
            _isSpillFull = false;
            _retryAfter = _settings.RetryMin;
        }
        catch (StoreUnavailableException failure)
        {
            Leave(failure.Message);
        }
        catch (IOException failure)
        {
            Leave(failure.Message);
        }
    }

    // Behind what waited, which may be of earlier terms of this very node.
    private void ClaimAgain(IJournalStore store)
    {
        foreach ((string streamId, long token) in _owned.ToArray())
        {
            try
            {
                store.Fence(streamId, token);
            }
            catch (StoreFencedException)
            {
                _owned.Remove(streamId); // Another's by now.
            }
        }
    }

    // What comes meanwhile goes behind what waits already, so that the order stays.
    private long Drain(IJournalStore store)
    {
        long count = 0;
        var marks = new Dictionary<string, long>(StringComparer.Ordinal);
        _spill.Rewind();
        while (_spill.TryRead() is { } unit)
        {
            if (!marks.TryGetValue(unit.Mark.WriterId, out long last))
                last = marks[unit.Mark.WriterId] = store.ReadMark(unit.Mark.WriterId);
            if (unit.Mark.BatchNr > last)
                count += Return(unit);
            List<PendingWrite> taken = _queue.TryTakeEvents(_settings.BatchMax);
            if (taken.Count != 0)
                Spill(taken, NextMark());
        }

        if (!_spill.IsEmpty)
            _spill.Clear();
        Volatile.Write(ref _spillBytes, 0);
        return count;
    }

    private int Return(SpillUnit unit)
    {
        try
        {
            Append(unit.Entries, unit.Mark);
            return unit.Entries.Count;
        }
        catch (StoreConflictException conflict)
        {
            _notify(new JournalNotice(IsProblem: true, $"{conflict.Message} {unit.Entries.Count} events of the spill file are not stored"));
            Interlocked.Add(ref _lost, unit.Entries.Count);
            _chain.Load(_store!);
            return 0;
        }
    }

    // Losses and a clock that went back are facts of the journal too.
    private void RecordOddities(List<JournalEntry> entries)
    {
        long lost = Volatile.Read(ref _lost) + _queue.RefusedCount;
        if (lost != _lostOnRecord && _problem is null)
        {
            entries.Add(_make(OwnStream, new JournalFact(new EventsLost(lost - _lostOnRecord, "memory and spill file were full, or the stream had another owner"))));
            _lostOnRecord = lost;
        }

        long now = _clock.GetUtcNow().UtcTicks;
        bool isBehind = now < _chain.LatestTicks - StepTicks;
        if (isBehind && !_isBehindClock)
        {
            entries.Add(_make(OwnStream, new JournalFact(new ClockSteppedBack(Text(_chain.LatestTicks), Text(now)))));
            _notify(new JournalNotice(IsProblem: true, $"the clock stepped back from {Text(_chain.LatestTicks)} to {Text(now)}: events carry the earlier time until it has come up"));
        }

        _isBehindClock = isBehind;
    }

    private sealed record Trouble(string Text, DateTimeOffset At);

    private static string Text(long ticks) => new DateTime(ticks, DateTimeKind.Utc).ToString("O");
}
