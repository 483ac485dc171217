using System.Diagnostics.CodeAnalysis;

namespace Natflow.Netlink.Model;

/// <summary>Gathers changes to a <see cref="SnapshotMap{TKey,TValue}"/> and makes its successor. Owner thread only.</summary>
/// <typeparam name="TKey">Identity of a subject.</typeparam>
/// <typeparam name="TValue">What is known of it.</typeparam>
internal sealed class SnapshotMapBuilder<TKey, TValue>
    where TKey : struct, IEquatable<TKey>
    where TValue : notnull
{
    private readonly Dictionary<TKey, (bool IsThere, TValue? Value)> _pending = [];

    // While a dump runs: only what it brought.
    private Dictionary<TKey, TValue>? _dumped;

    internal SnapshotMap<TKey, TValue> Current { get; private set; } = SnapshotMap<TKey, TValue>.Empty;

    internal bool HasPending => _pending.Count > 0;

    /// <summary>What is known, with the changes so far.</summary>
    internal bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (!_pending.TryGetValue(key, out (bool IsThere, TValue? Value) pending)) return Current.TryGet(key, out value);
        value = pending.Value;
        return pending.IsThere;
    }

    internal void Set(TKey key, TValue value)
    {
        if (_dumped is not null) _dumped[key] = value;
        else _pending[key] = (true, value);
    }

    internal void Remove(TKey key) => _pending[key] = (false, default);

    internal void BeginDump() => _dumped = [];

    /// <summary>Ends a dump that is whole: its content replaces the map.</summary>
    internal void EndDump()
    {
        if (_dumped is not { } dumped) return;
        _dumped = null;
        _pending.Clear(); // The events they came from are older than the dump.
        foreach ((TKey key, _) in Current.All())
        {
            if (!dumped.ContainsKey(key)) Remove(key);
        }

        foreach ((TKey key, TValue value) in dumped)
            Set(key, value);
    }

    /// <summary>Gives a dump up: the map stays as it was.</summary>
    internal void AbandonDump() => _dumped = null;

    /// <summary>Makes the next map.</summary>
    /// <param name="onChange">Gets each difference: key, old, new, with the default value for "not there".</param>
    /// <returns>Whether there was a difference.</returns>
    internal bool Publish(Action<TKey, TValue?, TValue?> onChange)
    {
        Dictionary<TKey, TValue>?[]? shards = null;
        ulong isOwn = 0; // One bit a shard.
        foreach ((TKey key, (bool isThere, TValue? value)) in _pending)
        {
            bool wasThere = Current.TryGet(key, out TValue? old);
            if (wasThere == isThere && (!isThere || EqualityComparer<TValue>.Default.Equals(old, value))) continue;

            shards ??= Current.Shards.ToArray();
            int index = SnapshotMap<TKey, TValue>.ShardOf(key);
            if ((isOwn >> index & 1) == 0)
            {
                shards[index] = shards[index] is { } shared ? new Dictionary<TKey, TValue>(shared) : [];
                isOwn |= 1UL << index;
            }

            if (isThere) shards[index]![key] = value!;
            else shards[index]!.Remove(key);
            onChange(key, old, value);
        }

        _pending.Clear();
        if (shards is not null) Current = new SnapshotMap<TKey, TValue>(shards);
        return shards is not null;
    }
}
