namespace Natflow.Management.Api.Live;

/// <summary>
/// The last events of a stream, each made into bytes once however many clients follow. A client that comes back goes on where it was; one that is slow skips
/// what the ring no longer has, and holds nobody up. Any thread.
/// </summary>
public sealed class EventRing
{
    private readonly Lock _lock = new();
    private readonly StreamEvent[] _events;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _end;

    /// <summary>An empty ring.</summary>
    /// <param name="capacity">Events kept, at least 1.</param>
    public EventRing(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _events = new StreamEvent[capacity];
    }

    /// <summary>Id of the newest event; 0 where there was none yet.</summary>
    public long LastId
    {
        get
        {
            lock (_lock)
                return _end;
        }
    }

    /// <summary>Adds an event.</summary>
    /// <param name="json">One JSON object in UTF-8, without line breaks; belongs to the ring from now on.</param>
    public void Add(ReadOnlyMemory<byte> json)
    {
        TaskCompletionSource waiting;
        lock (_lock)
        {
            _end++;
            _events[_end % _events.Length] = new StreamEvent(_end, json);
            waiting = _next;
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiting.SetResult();
    }

    /// <summary>Takes what came after an event.</summary>
    /// <param name="after">Id of the last one that is known; one that the ring never gave counts as 0.</param>
    /// <param name="more">Ends when there is more, where nothing was taken.</param>
    /// <returns>Oldest first; at most the ring's capacity.</returns>
    public IReadOnlyList<StreamEvent> Take(long after, out Task more)
    {
        lock (_lock)
        {
            more = _next.Task;
            if (after < 0 || after > _end)
                after = 0;
            long first = Math.Max(after, _end - _events.Length) + 1;
            var taken = new List<StreamEvent>();
            for (long id = first; id <= _end; id++)
                taken.Add(_events[id % _events.Length]);
            return taken;
        }
    }
}
