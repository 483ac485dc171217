using System.Diagnostics.CodeAnalysis;

namespace Natflow.Netlink.Model;

/// <summary>An immutable map in shards; a successor shares the shards that did not change.</summary>
/// <typeparam name="TKey">Identity of a subject.</typeparam>
/// <typeparam name="TValue">What is known of it.</typeparam>
internal sealed class SnapshotMap<TKey, TValue>
    where TKey : struct, IEquatable<TKey>
{
    internal const int ShardCount = 64;

    private readonly Dictionary<TKey, TValue>?[] _shards;

    internal SnapshotMap(Dictionary<TKey, TValue>?[] shards)
    {
        _shards = shards;
        foreach (Dictionary<TKey, TValue>? shard in shards)
            Count += shard?.Count ?? 0;
    }

    internal static SnapshotMap<TKey, TValue> Empty { get; } = new(new Dictionary<TKey, TValue>?[ShardCount]);

    internal int Count { get; }

    internal ReadOnlySpan<Dictionary<TKey, TValue>?> Shards => _shards;

    internal static int ShardOf(TKey key) => key.GetHashCode() & (ShardCount - 1);

    internal bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        value = default;
        return _shards[ShardOf(key)] is { } shard && shard.TryGetValue(key, out value);
    }

    internal IEnumerable<KeyValuePair<TKey, TValue>> All()
    {
        foreach (Dictionary<TKey, TValue>? shard in _shards)
        {
            if (shard is null) continue;
            foreach (KeyValuePair<TKey, TValue> pair in shard)
                yield return pair;
        }
    }
}
