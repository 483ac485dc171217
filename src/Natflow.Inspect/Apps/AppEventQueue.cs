namespace Natflow.Inspect.Apps;

/// <summary>Events that wait for a reader. Nothing is kept until a reader says how much; full loses the new and counts. One owner thread.</summary>
public sealed class AppEventQueue
{
    private readonly AppEvent[] _events;
    private readonly ulong[] _queuedBySource = new ulong[byte.MaxValue + 1];
    private int _head;
    private int _limit;

    /// <summary>An empty queue without a reader.</summary>
    /// <param name="capacity">The most it can hold; reserved at start.</param>
    public AppEventQueue(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _events = new AppEvent[capacity];
    }

    /// <summary>Events that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Events that were queued.</summary>
    public ulong Queued { get; private set; }

    /// <summary>Events that came while nobody read.</summary>
    public ulong Suppressed { get; private set; }

    /// <summary>Events that came while the queue was full.</summary>
    public ulong Lost { get; private set; }

    /// <summary>Events of a source that were queued.</summary>
    public ulong QueuedBy(byte source) => _queuedBySource[source];

    /// <summary>Forgets the events that wait, and sets the counters to zero; the limit stays.</summary>
    public void Clear()
    {
        while (Count > 0)
            Drop();
        Queued = Suppressed = Lost = 0;
        Array.Clear(_queuedBySource);
    }

    /// <summary>How many to keep: 0 stops and forgets; fewer than wait forgets the oldest; at most the capacity.</summary>
    public void SetLimit(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        _limit = Math.Min(limit, _events.Length);
        while (Count > _limit)
            Drop();
    }

    /// <summary>Adds an event.</summary>
    public void Add(in AppEvent appEvent)
    {
        if (_limit == 0)
        {
            Suppressed++;
            return;
        }

        if (Count >= _limit)
        {
            Lost++;
            return;
        }

        _events[(_head + Count++) % _events.Length] = appEvent;
        Queued++;
        _queuedBySource[(byte)appEvent.Source]++;
    }

    /// <summary>Takes the oldest event out.</summary>
    public bool TryTake(out AppEvent appEvent)
    {
        appEvent = Count == 0 ? default : _events[_head];
        if (Count == 0)
            return false;
        Drop();
        return true;
    }

    private void Drop()
    {
        _head = (_head + 1) % _events.Length;
        Count--;
    }
}
