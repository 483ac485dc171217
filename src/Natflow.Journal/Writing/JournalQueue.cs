namespace Natflow.Journal.Writing;

/// <summary>What waits for the writer, bounded in events.</summary>
internal sealed class JournalQueue(int max)
{
    private readonly object _gate = new();
    private readonly Queue<PendingWrite> _waiting = new();
    private int _count;
    private bool _isRetryDue;
    private bool _isClosed;
    private long? _handledSince;
    private long _refusedCount;

    internal int Count => Volatile.Read(ref _count);

    /// <summary>When the oldest write that is not done was taken; null where all are done.</summary>
    internal long? OldestAt
    {
        get
        {
            lock (_gate)
                return _handledSince ?? (_waiting.TryPeek(out PendingWrite? next) ? next.TakenAt : null);
        }
    }

    /// <summary>Events refused since the start.</summary>
    internal long RefusedCount => Volatile.Read(ref _refusedCount);

    internal bool IsClosed
    {
        get
        {
            lock (_gate)
                return _isClosed;
        }
    }

    internal bool TryAdd(PendingWrite write)
    {
        lock (_gate)
        {
            if (_isClosed || _count + write.Entries.Count > max)
            {
                _refusedCount += write.Entries.Count;
                return false;
            }

            _count += write.Entries.Count;
            _waiting.Enqueue(write);
            Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Takes a wish that is no event; after the end it is told at once.</summary>
    internal void AddAlways(PendingWrite write)
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _waiting.Enqueue(write);
                Monitor.Pulse(_gate);
                return;
            }
        }

        write.Done?.Invoke(new ObjectDisposedException("the journal's writer"));
    }

    internal void WakeForRetry()
    {
        lock (_gate)
        {
            _isRetryDue = true;
            Monitor.Pulse(_gate);
        }
    }

    internal void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits for something to do, and takes at most so many events.</summary>
    /// <param name="batchMax">Most events, unless the first write has more.</param>
    /// <param name="isRetryDue">Whether the store is to be tried.</param>
    /// <returns>Empty at the end, or when only a retry is due.</returns>
    internal List<PendingWrite> Take(int batchMax, out bool isRetryDue)
    {
        lock (_gate)
        {
            _handledSince = null;
            while (_waiting.Count == 0 && !_isRetryDue && !_isClosed)
                Monitor.Wait(_gate);
            isRetryDue = _isRetryDue;
            _isRetryDue = false;
            List<PendingWrite> taken = TakeNow(batchMax, takesWishes: true);
            _handledSince = taken.Count == 0 ? null : taken[0].TakenAt;
            return taken;
        }
    }

    /// <summary>As <see cref="Take"/>, without waiting, events alone: a wish, and what is behind it, stays.</summary>
    internal List<PendingWrite> TryTakeEvents(int batchMax)
    {
        lock (_gate)
            return TakeNow(batchMax, takesWishes: false);
    }

    private List<PendingWrite> TakeNow(int batchMax, bool takesWishes)
    {
        var taken = new List<PendingWrite>();
        int count = 0;
        while (_waiting.TryPeek(out PendingWrite? next) && (takesWishes || next.Entries.Count != 0) && (count == 0 || count + next.Entries.Count <= batchMax))
        {
            taken.Add(_waiting.Dequeue());
            count += next.Entries.Count;
            if (next.Entries.Count == 0)
                break; // A wish: it is told when all before it is done.
        }

        _count -= count;
        return taken;
    }
}
