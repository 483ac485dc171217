using System.Data.Common;
using Natflow.Journal.Chain;

namespace Natflow.Journal.Sql;

/// <summary>Reads a journal in either dialect: the statements are the same.</summary>
internal sealed class SqlReader(DbConnection connection, SqlDialect dialect, bool computesDigests = false) : IJournalReader
{
    private const string Columns = "ordering, persistence_id, sequence_number, created, manifest, message, chain, writer_uuid, deleted";

    public void Dispose() => connection.Dispose();

    public IEnumerable<JournalEntry> Replay(string streamId, long from, long to, long max) => max <= 0 || from > to
        ? []
        : Query(
            $"SELECT {Columns} FROM journal WHERE persistence_id = @id AND sequence_number >= @from AND sequence_number <= @to AND deleted = @deleted ORDER BY sequence_number LIMIT @max",
            ("@id", streamId), ("@from", from), ("@to", to), ("@deleted", false), ("@max", max));

    public long ReadHighest(string streamId) => Scalar(
        "SELECT head_number FROM journal_chain WHERE persistence_id = @id", ("@id", streamId));

    public IEnumerable<JournalEntry> ReadAll(long after, long through) => Query(
        $"SELECT {Columns} FROM journal WHERE ordering > @after AND ordering <= @through AND deleted = @deleted ORDER BY ordering",
        ("@after", after), ("@through", through), ("@deleted", false));

    public IEnumerable<JournalEntry> ReadAll(long after, long through, IReadOnlyCollection<string> without) => without.Count == 0 ? ReadAll(after, through) : Query(
        $"SELECT {Columns} FROM journal WHERE ordering > @after AND ordering <= @through AND deleted = @deleted AND (manifest IS NULL OR ordering = @through "
            + $"OR NOT ({string.Join(" OR ", without.Select(static (_, i) => $"manifest LIKE @name{i}"))})) ORDER BY ordering",
        [("@after", after), ("@through", through), ("@deleted", false), .. without.Select(static (name, i) => ($"@name{i}", (object)$"{name}:%"))]);

    public IEnumerable<JournalEntry> ReadChain(string streamId) => Query(
        $"SELECT {Columns} FROM journal WHERE persistence_id = @id ORDER BY sequence_number", ("@id", streamId));

    public IEnumerable<JournalEntry> FindKeys(IReadOnlyList<long> keys, long after, long through, bool isNewestFirst)
    {
        long first = KeyBuckets.Of(Math.Max(after, ReadOldestOrdering()) + 1);
        long last = KeyBuckets.Of(Math.Min(through, ReadHighestOrdering()));
        using SqlKeys search = dialect.Guard(() => new SqlKeys(connection, keys, after, through));
        for (long step = 0; step <= last - first; step++)
        {
            SortedSet<long> found = dialect.Guard(() => search.In(isNewestFirst ? last - step : first + step));
            foreach (JournalEntry entry in (isNewestFirst ? found.Reverse() : found).Select(ReadOne).OfType<JournalEntry>())
                yield return entry;
        }
    }

    public long ReadHighestOrdering() => Scalar("SELECT max(ordering) FROM journal");

    public long ReadOldestOrdering() => Math.Max(0, Scalar("SELECT min(ordering) FROM journal") - 1);

    // Times do not fall with the ordering, so no index of them is needed: some two dozen rows are looked at. Orderings have gaps.
    public long ReadOrderingAt(long ticks)
    {
        long known = 0;
        long low = Scalar("SELECT min(ordering) FROM journal");
        long high = ReadHighestOrdering();
        using DbCommand command = SqlCommands.Make(connection, "SELECT ordering, created FROM journal WHERE ordering >= @from ORDER BY ordering LIMIT 1", ("@from", 0L));
        while (low != 0 && low <= high)
        {
            long middle = low + ((high - low) / 2);
            command.Parameters["@from"].Value = middle;
            (long ordering, long created) = dialect.Guard(() => FirstOf(command));
            if (ordering <= high && created <= ticks)
                (known, low) = (ordering, ordering + 1);
            else
                high = middle - 1;
        }

        return known;
    }

    public IReadOnlyList<ChainEnds> ReadEnds() => dialect.Guard(() => SqlEnds.Read(connection, transaction: null));

    public StoredSnapshot? LoadSnapshot(string streamId, long maxSequenceNr, long maxTicks) => LoadSnapshot(
        "SELECT persistence_id, sequence_number, created, manifest, snapshot FROM snapshot WHERE persistence_id = @id AND sequence_number <= @number AND created <= @ticks ORDER BY sequence_number DESC LIMIT 1",
        ("@id", streamId), ("@number", maxSequenceNr), ("@ticks", maxTicks));

    public StoredSnapshot? LoadOldestSnapshot(string streamId) => LoadSnapshot(
        "SELECT persistence_id, sequence_number, created, manifest, snapshot FROM snapshot WHERE persistence_id = @id ORDER BY sequence_number LIMIT 1", ("@id", streamId));

    public long ReadSizeBytes() => Scalar(dialect.SizeQuery);

    private static (long Ordering, long Created) FirstOf(DbCommand command)
    {
        using DbDataReader row = command.ExecuteReader();
        return row.Read() ? (row.GetInt64(0), row.GetInt64(1)) : (long.MaxValue, long.MaxValue);
    }

    private JournalEntry? ReadOne(long ordering) => Query(
        $"SELECT {Columns} FROM journal WHERE ordering = @ordering AND deleted = @deleted", ("@ordering", ordering), ("@deleted", false)).FirstOrDefault();

    private StoredSnapshot? LoadSnapshot(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using DbCommand command = SqlCommands.Make(connection, sql, parameters);
        return dialect.Guard(() =>
        {
            using DbDataReader row = command.ExecuteReader();
            return row.Read() ? new StoredSnapshot(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetString(3), (byte[])row[4]) : null;
        });
    }

    private long Scalar(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using DbCommand command = SqlCommands.Make(connection, sql, parameters);
        return dialect.Guard(() => command.ExecuteScalar() is long number ? number : 0);
    }

    private IEnumerable<JournalEntry> Query(string sql, params (string Name, object Value)[] parameters)
    {
        using DbCommand command = SqlCommands.Make(connection, sql, parameters);
        using DbDataReader row = dialect.Guard(command.ExecuteReader);
        while (dialect.Guard(row.Read))
            yield return dialect.Guard(() => Read(row));
    }

    private JournalEntry Read(DbDataReader row)
    {
        byte[] payload = (byte[])row[5];
        byte[] chain = row.IsDBNull(6) ? [] : (byte[])row[6];
        (byte[] salt, byte[] digest, byte[] link, bool isErased) = computesDigests || chain.Length != ChainHash.SaltBytes + ChainHash.DigestBytes
            ? ChainHash.Unpack(chain, payload)
            : (chain[..ChainHash.SaltBytes], [], chain[ChainHash.SaltBytes..], false);
        return new JournalEntry
        {
            Ordering = row.GetInt64(0),
            StreamId = row.GetString(1),
            SequenceNr = row.GetInt64(2),
            CreatedTicks = row.GetInt64(3),
            Manifest = row.IsDBNull(4) ? string.Empty : row.GetString(4),
            Payload = payload,
            Salt = salt,
            Digest = digest,
            Link = link,
            IsErased = isErased,
            WriterId = row.IsDBNull(7) ? string.Empty : row.GetString(7),
            IsDeleted = row.GetBoolean(8),
        };
    }
}
