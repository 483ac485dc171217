using System.Data.Common;
using Natflow.Journal.Chain;
using Natflow.Journal.Sql;
using Npgsql;
using NpgsqlTypes;

namespace Natflow.Journal.PostgreSql;

/// <summary>A journal in a PostgreSQL database, written by binary COPY. Several nodes may share it, each with streams of its own.</summary>
/// <remarks>One thread at a time. Connections come from the driver's pool; a lost one is replaced at the next call.</remarks>
public sealed class PostgreSqlStore : IJournalStore
{
    private const string SizeQuery = "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class WHERE relname IN ('journal', 'journal_key', 'journal_run', 'journal_run_key', 'journal_chain', 'journal_fence', 'journal_writer', 'snapshot', 'tags')";

    private const string RowLock = " FOR SHARE";
    private const long SchemaLock = 0x4E46_4A4E; // "NFJN", in the space of the database's advisory locks.

    private readonly NpgsqlDataSource _source;
    private readonly SqlDialect _dialect;

    private PostgreSqlStore(NpgsqlDataSource source, string name)
    {
        _source = source;
        Name = name;
        _dialect = DialectOf(name);
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <summary>Opens a journal, and makes its tables if there are none.</summary>
    /// <param name="connectionString">As Npgsql understands it.</param>
    /// <exception cref="StoreUnavailableException">It cannot be used.</exception>
    public static PostgreSqlStore Open(string connectionString)
    {
        (NpgsqlDataSource source, string name) = Connect(connectionString);
        try
        {
            DialectOf(name).Guard(() =>
            {
                using NpgsqlConnection connection = source.OpenConnection();
                using NpgsqlTransaction transaction = connection.BeginTransaction();
                SqlCommands.Execute(connection, transaction, "SELECT pg_advisory_xact_lock(@id)", ("@id", SchemaLock)); // Nodes that start at once would trip over each other.
                SqlCommands.Execute(connection, transaction, PostgreSqlSchema.Sql);
                transaction.Commit();
            });
            return new PostgreSqlStore(source, name);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Opens a reader of a journal that exists.</summary>
    /// <param name="connectionString">As Npgsql understands it.</param>
    /// <param name="computesDigests">For verification: each payload is hashed as it is read.</param>
    /// <exception cref="StoreUnavailableException">It cannot be used.</exception>
    public static IJournalReader OpenReader(string connectionString, bool computesDigests)
    {
        (NpgsqlDataSource source, string name) = Connect(connectionString);
        SqlDialect dialect = DialectOf(name);
        return new OwningReader(new SqlReader(dialect.Guard(source.OpenConnection), dialect, computesDigests), source);
    }

    /// <inheritdoc />
    public void Append(IReadOnlyList<JournalEntry> entries, IReadOnlyList<HeadMove> moves, BatchMark mark) => Run(connection =>
    {
        try
        {
            using NpgsqlTransaction transaction = connection.BeginTransaction();
            SqlFence.Pass(connection, transaction, moves, RowLock);
            foreach (HeadMove move in moves)
                SqlEnds.Move(connection, transaction, move);
            Reserve(connection, transaction, entries);
            CopyEntries(connection, entries);
            if (KeyRun.IsWorth(entries))
                CopyRun(connection, transaction, entries);
            else
                CopyKeys(connection, entries);
            SqlCommands.Execute(
                connection, transaction, "INSERT INTO journal_writer (writer_uuid, batch) VALUES (@id, @batch) ON CONFLICT (writer_uuid) DO UPDATE SET batch = excluded.batch",
                ("@id", mark.WriterId), ("@batch", mark.BatchNr));
            transaction.Commit();
        }
        catch (PostgresException duplicate) when (duplicate.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new StoreConflictException(entries[0].StreamId, duplicate);
        }
    });

    /// <inheritdoc />
    public void Fence(string streamId, long token) => Run(connection =>
    {
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        SqlFence.Pass(connection, transaction, streamId, token, RowLock);
        transaction.Commit();
    });

    /// <inheritdoc />
    public long ReadMark(string writerId)
    {
        long batch = 0;
        Run(connection => batch = SqlCommands.Scalar(connection, transaction: null, "SELECT batch FROM journal_writer WHERE writer_uuid = @id", ("@id", writerId)));
        return batch;
    }

    /// <inheritdoc />
    public IReadOnlyList<ChainEnds> ReadEnds()
    {
        IReadOnlyList<ChainEnds> ends = [];
        Run(connection => ends = SqlEnds.Read(connection, transaction: null));
        return ends;
    }

    /// <inheritdoc />
    public long ReadLatestTicks()
    {
        long ticks = 0;
        Run(connection => ticks = SqlCommands.Scalar(connection, transaction: null, "SELECT created FROM journal ORDER BY ordering DESC LIMIT 1"));
        return ticks;
    }

    /// <inheritdoc />
    public void SaveSnapshot(StoredSnapshot snapshot) => Run(connection => SqlMaintenance.SaveSnapshot(connection, snapshot));

    /// <inheritdoc />
    public void DeleteSnapshots(string streamId, long maxSequenceNr, long maxTicks) =>
        Run(connection => SqlMaintenance.DeleteSnapshots(connection, streamId, maxSequenceNr, maxTicks));

    /// <inheritdoc />
    public void DeleteTo(string streamId, long sequenceNr) => Run(connection => SqlMaintenance.DeleteTo(connection, streamId, sequenceNr));

    /// <inheritdoc />
    public long Trim(long throughOrdering)
    {
        long count = 0;
        Run(connection => count = SqlMaintenance.Trim(connection, throughOrdering));
        return count;
    }

    /// <inheritdoc />
    public void Erase(IReadOnlyList<JournalEntry> entries) => Run(connection => SqlMaintenance.Erase(connection, entries));

    /// <inheritdoc />
    public void Compact() => Run(static connection => SqlCommands.Execute(connection, transaction: null, "VACUUM FULL journal, journal_key, journal_run_key, snapshot"));

    /// <inheritdoc />
    public IJournalReader OpenReader() => new SqlReader(_dialect.Guard(_source.OpenConnection), _dialect);

    /// <inheritdoc />
    public void Dispose() => _source.Dispose();

    private static SqlDialect DialectOf(string name) => new(SizeQuery, failure => Translate(name, failure));

    private static StoreUnavailableException Translate(string name, DbException failure) => new StoreUnavailableException(
        failure switch
        {
            PostgresException { SqlState: PostgresErrorCodes.DiskFull } => $"{name}: the server's disk is full; make room, or shorten natflow.journal.retention",
            PostgresException { SqlState: PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted } refused => $"{name} is damaged: {refused.MessageText}; restore a backup",
            PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow } refused =>
                $"{name} is stopping or starting: {refused.MessageText}",
            PostgresException refused => $"{name}: {refused.MessageText}",
            _ => $"{name} cannot be reached: {failure.Message}",
        },
        failure);

    private static (NpgsqlDataSource Source, string Name) Connect(string connectionString)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString);
            settings.Timeout = Math.Min(settings.Timeout, 5);
            settings.CommandTimeout = Math.Min(settings.CommandTimeout, 30);
            return (NpgsqlDataSource.Create(settings), $"postgresql://{settings.Host}/{settings.Database}");
        }
        catch (ArgumentException bad)
        {
            throw new StoreUnavailableException($"the connection string is wrong: {bad.Message}", bad);
        }
    }

    private void Run(Action<NpgsqlConnection> call) => _dialect.Guard(() =>
    {
        using NpgsqlConnection connection = _source.OpenConnection();
        call(connection);
    });

    // Of the table's own counter, for other nodes take from it too.
    private static void Reserve(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<JournalEntry> entries)
    {
        using var command = new NpgsqlCommand("SELECT nextval('journal_ordering_seq') FROM generate_series(1, @count)", connection, transaction);
        command.Parameters.AddWithValue("count", entries.Count);
        using NpgsqlDataReader row = command.ExecuteReader();
        for (int i = 0; row.Read(); i++)
            entries[i].Ordering = row.GetInt64(0);
    }

    private static void CopyEntries(NpgsqlConnection connection, IReadOnlyList<JournalEntry> entries)
    {
        using NpgsqlBinaryImporter import = connection.BeginBinaryImport(
            "COPY journal (ordering, created, deleted, persistence_id, sequence_number, message, manifest, identifier, writer_uuid, chain) FROM STDIN (FORMAT BINARY)");
        foreach (JournalEntry entry in entries)
        {
            import.StartRow();
            import.Write(entry.Ordering, NpgsqlDbType.Bigint);
            import.Write(entry.CreatedTicks, NpgsqlDbType.Bigint);
            import.Write(value: false, NpgsqlDbType.Boolean);
            import.Write(entry.StreamId, NpgsqlDbType.Varchar);
            import.Write(entry.SequenceNr, NpgsqlDbType.Bigint);
            import.Write(entry.Payload, NpgsqlDbType.Bytea);
            import.Write(entry.Manifest, NpgsqlDbType.Varchar);
            import.Write(JournalFormat.SerializerId, NpgsqlDbType.Integer);
            import.Write(entry.WriterId, NpgsqlDbType.Varchar);
            import.Write(ChainHash.Pack(entry), NpgsqlDbType.Bytea);
        }

        import.Complete();
    }

    private static void CopyRun(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<JournalEntry> entries)
    {
        long first = entries[0].Ordering;
        SqlCommands.Execute(
            connection, transaction, "INSERT INTO journal_run (first_ordering, last_ordering) VALUES (@first, @last)", ("@first", first), ("@last", entries[^1].Ordering));
        using NpgsqlBinaryImporter import = connection.BeginBinaryImport("COPY journal_run_key (first_ordering, first_key, number, keys) FROM STDIN (FORMAT BINARY)");
        foreach (KeyRun.Chunk chunk in KeyRun.ChunksOf(entries))
        {
            import.StartRow();
            import.Write(first, NpgsqlDbType.Bigint);
            import.Write(chunk.FirstKey, NpgsqlDbType.Bigint);
            import.Write(chunk.Number, NpgsqlDbType.Bigint);
            import.Write(chunk.Keys, NpgsqlDbType.Bytea);
        }

        import.Complete();
    }

    private static void CopyKeys(NpgsqlConnection connection, IReadOnlyList<JournalEntry> entries)
    {
        using NpgsqlBinaryImporter import = connection.BeginBinaryImport("COPY journal_key (bucket, key, ordering) FROM STDIN (FORMAT BINARY)");
        foreach (JournalEntry entry in entries)
        {
            foreach (long key in entry.Keys)
            {
                import.StartRow();
                import.Write(KeyBuckets.Of(entry.Ordering), NpgsqlDbType.Bigint);
                import.Write(key, NpgsqlDbType.Bigint);
                import.Write(entry.Ordering, NpgsqlDbType.Bigint);
            }
        }

        import.Complete();
    }
}
