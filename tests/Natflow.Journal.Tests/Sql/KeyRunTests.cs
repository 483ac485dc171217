using Natflow.Journal.Sql;
using Natflow.Journal.Tests.Stores;
using Natflow.Testing;

namespace Natflow.Journal.Tests.Sql;

/// <summary>Keys of large batches, sorted and in chunks, are found as rows would be.</summary>
public sealed class KeyRunTests
{
    private const long FirstOrdering = 1_000_000;

    [Fact]
    public void Find_RandomKeys_GivesWhatAnIndexOfRowsGives()
    {
        var prng = new Prng(5);
        for (int round = 0; round < 50; round++)
        {
            int keyCount = 1 + prng.Next(40);
            List<JournalEntry> entries = Batch(1 + prng.Next(1500), _ => [.. Enumerable.Range(0, prng.Next(3)).Select(_ => (prng.Next(keyCount) - (keyCount / 2L)) * 1_000_000_007L)]);
            KeyRun.Chunk[] chunks = [.. KeyRun.ChunksOf(entries)];
            for (int key = -(keyCount / 2) - 1; key <= keyCount; key++)
            {
                long asked = key * 1_000_000_007L;
                Assert.Equal(entries.Where(entry => entry.Keys.Contains(asked)).Select(static entry => entry.Ordering).Distinct(), Find(chunks, asked));
            }
        }
    }

    [Fact]
    public void ChunksOf_ABatch_AreInOrderAndFitHalfAPage()
    {
        var prng = new Prng(6);
        KeyRun.Chunk[] chunks = [.. KeyRun.ChunksOf(Batch(3000, _ => [prng.Next(1 << 30), -prng.Next(1 << 30)]))];
        Assert.Equal(Enumerable.Range(0, chunks.Length).Select(static i => (long)i), chunks.Select(static chunk => chunk.Number));
        Assert.Equal(chunks.Select(static chunk => chunk.FirstKey).Order(), chunks.Select(static chunk => chunk.FirstKey));
        Assert.All(chunks, static chunk => Assert.InRange(chunk.Keys.Length, 1, 3840));
        Assert.Equal(6000 * 12, chunks.Sum(static chunk => chunk.Keys.Length));
    }

    [Fact]
    public void Find_OneKeyOverManyChunks_GivesAllOfThem()
    {
        List<JournalEntry> entries = Batch(2000, static _ => [7]);
        Assert.Equal(2000, Find([.. KeyRun.ChunksOf(entries)], 7).Count);
    }

    [Fact]
    public void Find_DamagedChunk_GivesAResult()
    {
        var prng = new Prng(7);
        for (int length = 0; length < 200; length++)
        {
            byte[] chunk = [.. Enumerable.Range(0, length).Select(_ => (byte)prng.Next(256))];
            var found = new SortedSet<long>();
            KeyRun.Find(chunk, FirstOrdering, prng.Next(256), found);
            Assert.InRange(found.Count, 0, length / 12);
        }
    }

    [Fact]
    public void Without_SomeEvents_OnlyTheirEntriesGo()
    {
        List<JournalEntry> entries = Batch(900, static i => [i % 10, 1000 + i]);
        HashSet<long> erased = [.. entries.Where(static entry => entry.Ordering % 3 == 0).Select(static entry => entry.Ordering)];
        KeyRun.Chunk[] before = [.. KeyRun.ChunksOf(entries)];
        KeyRun.Chunk[] after = [.. before.Select(chunk => KeyRun.Without(chunk.Keys, FirstOrdering, erased) is { } rest ? chunk with { FirstKey = KeyRun.FirstKeyOf(rest, chunk.FirstKey), Keys = rest } : chunk)];
        for (int key = 0; key < 10; key++)
            Assert.Equal(Find(before, key).Where(ordering => !erased.Contains(ordering)), Find(after, key));
        Assert.Null(KeyRun.Without(before[0].Keys, FirstOrdering, []));
    }

    [Fact]
    public void IsWorth_FewKeysOrFarOrderings_MakeRows()
    {
        Assert.False(KeyRun.IsWorth(Batch(KeyRun.KeysMin - 1, static i => [i])));
        Assert.True(KeyRun.IsWorth(Batch(KeyRun.KeysMin, static i => [i])));
        List<JournalEntry> far = Batch(KeyRun.KeysMin, static i => [i]);
        far[^1].Ordering = far[0].Ordering + uint.MaxValue;
        Assert.False(KeyRun.IsWorth(far));
    }

    private static SortedSet<long> Find(KeyRun.Chunk[] chunks, long key)
    {
        var found = new SortedSet<long>();
        foreach (KeyRun.Chunk chunk in chunks)
            KeyRun.Find(chunk.Keys, FirstOrdering, key, found);
        return found;
    }

    private static List<JournalEntry> Batch(int count, Func<int, long[]> keys) => [.. Enumerable.Range(0, count).Select(i =>
    {
        JournalEntry entry = Entries.Make("s", "{}", 0, keys(i));
        entry.Ordering = FirstOrdering + i;
        return entry;
    })];
}
