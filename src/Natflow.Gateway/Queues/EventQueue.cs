namespace Natflow.Gateway.Queues;

/// <summary>
/// Records that wait for the reader of one of the original's event queues. There is one reader at a time, and nothing is kept until it says how much. A full queue
/// loses the new record, counted.
/// </summary>
/// <remarks>Any thread.</remarks>
public sealed class EventQueue
{
    /// <summary>Bytes that wait at most, whatever the reader says: a reader that sleeps costs no more.</summary>
    public const int BytesMax = 64 << 20;

    private readonly Lock _lock = new();
    private readonly Queue<byte[]> _records = new();
    private readonly ulong[] _queuedBySource = new ulong[byte.MaxValue + 1];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isWanted;
    private bool _isOpen;
    private uint _cacheCount;
    private int _bytes;
    private ulong _queued;
    private ulong _suppressed;
    private ulong _lost;

    /// <summary>Whether a reader wants records; else making one is in vain, but <see cref="Add"/> counts it.</summary>
    public bool IsWanted => _isWanted;

    /// <summary>Records that were queued, that came while nobody wanted them, and for which there was no room.</summary>
    public (ulong Queued, ulong Suppressed, ulong Lost) Counters
    {
        get
        {
            lock (_lock)
                return (_queued, _suppressed, _lost);
        }
    }

    /// <summary>Records of a source that were queued.</summary>
    public ulong QueuedBy(byte source)
    {
        lock (_lock)
            return _queuedBySource[source];
    }

    /// <summary>Becomes the reader; the queue is empty then and keeps nothing.</summary>
    /// <returns>False where there is one.</returns>
    public bool TryOpen()
    {
        lock (_lock)
        {
            if (_isOpen)
                return false;
            _isOpen = true;
            return true;
        }
    }

    /// <summary>Is the reader no more: what waits is forgotten.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isOpen = false;
            Keep(0);
        }
    }

    /// <summary>Says how many records are kept: 0 stops and forgets; fewer than wait forgets the oldest.</summary>
    public void SetCache(uint count)
    {
        lock (_lock)
            Keep(count);
    }

    /// <summary>Adds a record.</summary>
    /// <param name="record">Its bytes, not empty; belongs to the queue from now on. Ignored while nobody wants any.</param>
    /// <param name="source">What it is counted by.</param>
    public void Add(byte[] record, byte source = 0)
    {
        ArgumentNullException.ThrowIfNull(record);
        TaskCompletionSource more;
        lock (_lock)
        {
            if (_cacheCount == 0)
            {
                _suppressed++;
                return;
            }

            if (_records.Count >= _cacheCount || _bytes + record.Length > BytesMax)
            {
                _lost++;
                return;
            }

            _records.Enqueue(record);
            _bytes += record.Length;
            _queued++;
            _queuedBySource[source]++;
            more = _more;
        }

        more.TrySetResult();
    }

    /// <summary>Takes the oldest record.</summary>
    /// <param name="more">Ends when there may be one, where none was taken.</param>
    /// <returns>The record, or null.</returns>
    public byte[]? TryTake(out Task more)
    {
        lock (_lock)
        {
            if (_records.TryDequeue(out byte[]? record))
                _bytes -= record.Length;
            else if (_more.Task.IsCompleted)
                _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            more = _more.Task;
            return record;
        }
    }

    /// <summary>Forgets what waits and sets the counters to zero; the reader stays, and what it said.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            uint count = _cacheCount;
            Keep(0);
            Keep(count);
            _queued = _suppressed = _lost = 0;
            Array.Clear(_queuedBySource);
        }
    }

    private void Keep(uint count)
    {
        _cacheCount = count;
        _isWanted = count != 0;
        while (_records.Count > count)
            _bytes -= _records.Dequeue().Length;
    }
}
