namespace Natflow.Management.Api.Lists;

/// <summary>
/// Lists of the last second by question. Equal questions share one look at the tables, and few looks run at a time: however many clients ask, the shards
/// are asked a bounded number of slices a second. Any thread.
/// </summary>
internal sealed class ListCache(TimeProvider clock) : IDisposable
{
    private const int ListsMax = 64;
    private const int ScansMax = 2;
    private const int WaitingMax = 32;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _scans = new(ScansMax);
    private int _waiting;

    /// <summary>The list for a question, at most a second old.</summary>
    /// <param name="question">All that distinguishes it.</param>
    /// <param name="look">Looks at the tables.</param>
    /// <returns>Null when too many other questions wait already.</returns>
    internal async Task<(T List, long AgeMs)?> Get<T>(string question, Func<Task<T>> look)
    {
        Entry entry;
        lock (_lock)
        {
            long now = clock.GetTimestamp();
            if (!_entries.TryGetValue(question, out entry!) || !IsUsable(entry, now))
            {
                if (_waiting >= WaitingMax)
                    return null;
                Trim(now);
                entry = new Entry(now, Look(look));
                _entries[question] = entry;
            }
        }

        object list = await entry.List;
        return ((T)list, (long)clock.GetElapsedTime(entry.AskedAt).TotalMilliseconds);
    }

    /// <inheritdoc />
    public void Dispose() => _scans.Dispose();

    private async Task<object> Look<T>(Func<Task<T>> look)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _scans.WaitAsync();
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        try
        {
            return (await look())!;
        }
        finally
        {
            _scans.Release();
        }
    }

    // One that is not ready yet is used however old: asking again would only add to the load that made it slow.
    private bool IsUsable(Entry entry, long now) => !entry.List.IsFaulted && (!entry.List.IsCompleted || clock.GetElapsedTime(entry.AskedAt, now) < Fresh);

    private void Trim(long now)
    {
        if (_entries.Count < ListsMax)
            return;
        foreach (string old in _entries.Where(pair => !IsUsable(pair.Value, now)).Select(static pair => pair.Key).ToArray())
            _entries.Remove(old);
        while (_entries.Count >= ListsMax)
            _entries.Remove(_entries.MinBy(static pair => pair.Value.AskedAt).Key);
    }

    private sealed record Entry(long AskedAt, Task<object> List);
}
