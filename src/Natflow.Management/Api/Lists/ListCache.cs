namespace Natflow.Management.Api.Lists;

/// <summary>
/// Lists of the last moment by question. Equal questions share one look at the tables, few looks run at a time, and one question takes at most a fifth of the
/// time for looks: however many clients ask, the shards are asked a bounded number of slices a second. Who asks while a look at a large table is under way
/// gets what was seen before, so that nobody waits longer for a million rows than for ten. Any thread.
/// </summary>
internal sealed class ListCache(TimeProvider clock) : IDisposable
{
    private const int ListsMax = 64;
    private const int ScansMax = 2;
    private const int WaitingMax = 32;
    private const int LooksPerTime = 4;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _scans = new(ScansMax);
    private int _waiting;

    /// <summary>The list for a question: at most a second old, or a fifth of the time that a look at its table takes and 10 s.</summary>
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
                entry = Renew(entry, now, look);
                _entries[question] = entry;
            }
        }

        if (entry.Before is { } before && !entry.List.IsCompleted)
        {
            await Task.WhenAny(entry.List, entry.Patience);
            if (!entry.List.IsCompleted)
                return (await Of<T>(before), AgeOf(before));
        }

        return (await Of<T>(entry), AgeOf(entry));
    }

    /// <inheritdoc />
    public void Dispose() => _scans.Dispose();

    private static async Task<T> Of<T>(Entry entry) => (T)await entry.List;

    private long AgeOf(Entry entry) => (long)clock.GetElapsedTime(entry.AskedAt).TotalMilliseconds;

    private Entry Renew<T>(Entry? old, long now, Func<Task<T>> look)
    {
        bool isOfUse = old is { List.IsCompletedSuccessfully: true } && clock.GetElapsedTime(old.AskedAt, now) < Stale;
        var entry = new Entry(now, isOfUse ? old! with { Before = null } : null, isOfUse ? Task.Delay(Patience, clock) : Task.CompletedTask);
        entry.List = Look(entry, look);
        return entry;
    }

    private async Task<object> Look<T>(Entry entry, Func<Task<T>> look)
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

        long start = clock.GetTimestamp();
        try
        {
            return (await look())!;
        }
        finally
        {
            entry.Took = clock.GetElapsedTime(start);
            _scans.Release();
        }
    }

    // One that is not ready yet is used however old: asking again would only add to the load that made it slow.
    private bool IsUsable(Entry entry, long now)
    {
        if (!entry.List.IsCompleted)
            return true;
        TimeSpan rest = entry.Took * LooksPerTime;
        TimeSpan life = entry.Took + (rest < Stale ? rest : Stale);
        return entry.List.IsCompletedSuccessfully && clock.GetElapsedTime(entry.AskedAt, now) < (life > Fresh ? life : Fresh);
    }

    private void Trim(long now)
    {
        if (_entries.Count < ListsMax)
            return;
        foreach (string old in _entries.Where(pair => !IsUsable(pair.Value, now)).Select(static pair => pair.Key).ToArray())
            _entries.Remove(old);
        while (_entries.Count >= ListsMax)
            _entries.Remove(_entries.MinBy(static pair => pair.Value.AskedAt).Key);
    }

    /// <summary>A look at the tables, and what the one before saw.</summary>
    private sealed record Entry(long AskedAt, Entry? Before, Task Patience)
    {
        internal Task<object> List { get; set; } = null!;

        internal TimeSpan Took { get; set; }
    }
}
