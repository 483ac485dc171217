using System.Buffers;
using System.Buffers.Binary;

namespace Natflow.Journal.Sql;

/// <summary>
/// Keys of a large batch: sorted, in chunks of half a page. A chunk costs one row where its keys would cost hundreds, so that keys are nearly free while events come
/// fast; a search asks each run once. An entry is a key and the distance of the event's ordering from the run's first, little-endian.
/// </summary>
internal static class KeyRun
{
    /// <summary>Fewest keys that are worth a run: fewer make rows.</summary>
    internal const int KeysMin = 2048;

    private const int EntryBytes = sizeof(long) + sizeof(uint);
    private const int ChunkEntries = 320; // 3840 bytes: two fit a page of SQLite's.

    /// <summary>A chunk of a run.</summary>
    /// <param name="FirstKey">Its smallest key.</param>
    /// <param name="Number">Its place in the run.</param>
    /// <param name="Keys">Its entries.</param>
    internal readonly record struct Chunk(long FirstKey, long Number, byte[] Keys);

    /// <summary>Whether a batch makes a run: it has many keys, and its orderings lie close together.</summary>
    internal static bool IsWorth(IReadOnlyList<JournalEntry> entries) =>
        CountKeys(entries) >= KeysMin && entries[^1].Ordering - entries[0].Ordering < uint.MaxValue;

    /// <summary>The chunks of a batch whose orderings rise.</summary>
    internal static IEnumerable<Chunk> ChunksOf(IReadOnlyList<JournalEntry> entries)
    {
        int count = CountKeys(entries);
        long[] keys = ArrayPool<long>.Shared.Rent(count); // Of this size they are large objects to the collector.
        uint[] distances = ArrayPool<uint>.Shared.Rent(count);
        try
        {
            Sort(entries, keys.AsSpan(0, count), distances.AsSpan(0, count));
            for (int start = 0; start < count; start += ChunkEntries)
            {
                int end = Math.Min(start + ChunkEntries, count);
                yield return new Chunk(keys[start], start / ChunkEntries, Encode(keys.AsSpan(start..end), distances.AsSpan(start..end)));
            }
        }
        finally
        {
            ArrayPool<long>.Shared.Return(keys);
            ArrayPool<uint>.Shared.Return(distances);
        }
    }

    /// <summary>Adds the orderings under any of some keys.</summary>
    /// <param name="chunk">Any bytes.</param>
    /// <param name="firstOrdering">Of the run.</param>
    /// <param name="key">The key.</param>
    /// <param name="found">Receives the orderings.</param>
    internal static void Find(ReadOnlySpan<byte> chunk, long firstOrdering, long key, ICollection<long> found)
    {
        for (int i = LowerBound(chunk, key); (i + 1) * EntryBytes <= chunk.Length && KeyAt(chunk, i) == key; i++)
            found.Add(firstOrdering + BinaryPrimitives.ReadUInt32LittleEndian(chunk[((i * EntryBytes) + sizeof(long))..]));
    }

    /// <summary>A chunk without the entries of some events; null where it has none of them.</summary>
    internal static byte[]? Without(ReadOnlySpan<byte> chunk, long firstOrdering, HashSet<long> orderings)
    {
        var rest = new List<byte>(chunk.Length);
        for (int at = 0; at + EntryBytes <= chunk.Length; at += EntryBytes)
        {
            if (!orderings.Contains(firstOrdering + BinaryPrimitives.ReadUInt32LittleEndian(chunk[(at + sizeof(long))..])))
                rest.AddRange(chunk.Slice(at, EntryBytes));
        }

        return rest.Count == chunk.Length ? null : [.. rest];
    }

    /// <summary>Smallest key of a chunk.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="otherwise">Where it is empty: any key, which finds nothing; not the one that was erased.</param>
    internal static long FirstKeyOf(ReadOnlySpan<byte> chunk, long otherwise) => chunk.Length >= EntryBytes ? KeyAt(chunk, 0) : otherwise ^ long.MaxValue;

    private static int CountKeys(IReadOnlyList<JournalEntry> entries)
    {
        int count = 0;
        for (int i = 0; i < entries.Count; i++)
            count += entries[i].Keys.Count;
        return count;
    }

    // Entries of one key stay unsorted: a search collects them in a sorted set.
    private static void Sort(IReadOnlyList<JournalEntry> entries, Span<long> keys, Span<uint> distances)
    {
        long first = entries[0].Ordering;
        int at = 0;
        for (int i = 0; i < entries.Count; i++)
        {
            JournalEntry entry = entries[i];
            for (int k = 0; k < entry.Keys.Count; k++)
            {
                keys[at] = entry.Keys[k];
                distances[at++] = (uint)(entry.Ordering - first);
            }
        }

        keys.Sort(distances);
    }

    private static byte[] Encode(ReadOnlySpan<long> keys, ReadOnlySpan<uint> distances)
    {
        byte[] chunk = new byte[keys.Length * EntryBytes];
        for (int i = 0; i < keys.Length; i++)
        {
            Span<byte> entry = chunk.AsSpan(i * EntryBytes);
            BinaryPrimitives.WriteInt64LittleEndian(entry, keys[i]);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[sizeof(long)..], distances[i]);
        }

        return chunk;
    }

    private static long KeyAt(ReadOnlySpan<byte> chunk, int index) => BinaryPrimitives.ReadInt64LittleEndian(chunk[(index * EntryBytes)..]);

    private static int LowerBound(ReadOnlySpan<byte> chunk, long key)
    {
        int low = 0;
        int high = chunk.Length / EntryBytes;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (KeyAt(chunk, middle) < key)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
