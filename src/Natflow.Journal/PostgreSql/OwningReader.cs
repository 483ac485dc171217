using Natflow.Journal.Chain;
using Natflow.Journal.Sql;
using Npgsql;

namespace Natflow.Journal.PostgreSql;

/// <summary>A reader that ends its pool with itself.</summary>
internal sealed class OwningReader(SqlReader reader, NpgsqlDataSource source) : IJournalReader
{
    public void Dispose()
    {
        reader.Dispose();
        source.Dispose();
    }

    public IEnumerable<JournalEntry> Replay(string streamId, long from, long to, long max) => reader.Replay(streamId, from, to, max);

    public long ReadHighest(string streamId) => reader.ReadHighest(streamId);

    public IEnumerable<JournalEntry> ReadAll(long after, long through) => reader.ReadAll(after, through);

    public IEnumerable<JournalEntry> ReadAll(long after, long through, IReadOnlyCollection<string> without) => reader.ReadAll(after, through, without);

    public IEnumerable<JournalEntry> ReadChain(string streamId) => reader.ReadChain(streamId);

    public IEnumerable<JournalEntry> FindKeys(IReadOnlyList<long> keys, long after, long through, bool isNewestFirst) => reader.FindKeys(keys, after, through, isNewestFirst);

    public long ReadHighestOrdering() => reader.ReadHighestOrdering();

    public long ReadOldestOrdering() => reader.ReadOldestOrdering();

    public long ReadOrderingAt(long ticks) => reader.ReadOrderingAt(ticks);

    public IReadOnlyList<ChainEnds> ReadEnds() => reader.ReadEnds();

    public StoredSnapshot? LoadSnapshot(string streamId, long maxSequenceNr, long maxTicks) => reader.LoadSnapshot(streamId, maxSequenceNr, maxTicks);

    public StoredSnapshot? LoadOldestSnapshot(string streamId) => reader.LoadOldestSnapshot(streamId);

    public long ReadSizeBytes() => reader.ReadSizeBytes();
}
