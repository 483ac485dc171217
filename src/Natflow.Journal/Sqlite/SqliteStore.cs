using Microsoft.Data.Sqlite;
using Natflow.Journal.Chain;
using Natflow.Journal.Sql;
using SQLitePCL;

namespace Natflow.Journal.Sqlite;

/// <summary>A journal in one SQLite file: write-ahead log, durable at each commit.</summary>
/// <remarks>One thread at a time. Readers, also of other processes, do not wait for it.</remarks>
public sealed class SqliteStore : IJournalStore
{
    /// <summary>What a connection that writes is set to: durable at each commit. For whoever measures beside it.</summary>
    /// <remarks>Appends touch the growing end alone: a larger cache, or a log that is copied back more seldom, only costs fresh memory.</remarks>
    public const string WriterPragmas = "PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4096";

    private const int PageBytes = 8192; // Fewer splits, frames and calls an event than with 4096; with 16384 a small commit writes twice as much.
    private const int ReaderCacheKiB = 131072;

    private readonly SqliteConnection _connection;
    private readonly SqliteInsert _insert;
    private readonly SqlDialect _dialect;
    private readonly string _path;

    private SqliteStore(string path, SqliteConnection connection)
    {
        _path = path;
        _connection = connection;
        _dialect = DialectOf(path);
        _insert = new SqliteInsert(path, connection.Handle!);
    }

    /// <inheritdoc />
    public string Name => _path;

    /// <summary>Opens a journal, and makes it if there is none.</summary>
    /// <param name="path">The file; its directory must exist.</param>
    /// <param name="busyTimeoutMs">How long a lock of another program is waited for.</param>
    /// <exception cref="StoreUnavailableException">It cannot be used.</exception>
    public static SqliteStore Open(string path, int busyTimeoutMs = 2000)
    {
        SqliteNative.Init();
        SqliteConnection connection = Connect(path, path, SqliteOpenMode.ReadWriteCreate);
        try
        {
            DialectOf(path).Guard(() =>
            {
                Execute(connection, $"PRAGMA busy_timeout = {busyTimeoutMs}");
                Execute(connection, $"PRAGMA page_size = {PageBytes}"); // Of a new file; another keeps its own.
                Execute(connection, "PRAGMA journal_mode = WAL");
                Execute(connection, WriterPragmas);
                Execute(connection, SqliteSchema.Sql);
            });
            return new SqliteStore(path, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens a reader of a journal that exists; where nothing may be written beside it, as on read-only media, of a journal that was closed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="computesDigests">For verification: each payload is hashed as it is read.</param>
    /// <exception cref="StoreUnavailableException">It cannot be used, or is no journal.</exception>
    public static IJournalReader OpenReader(string path, bool computesDigests)
    {
        SqliteNative.Init();
        try
        {
            return OpenReader(path, path, computesDigests);
        }
        catch (StoreUnavailableException failure) when (failure.InnerException is SqliteException { SqliteErrorCode: raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY } && File.Exists(path))
        {
            if (File.Exists($"{path}-wal") && new FileInfo($"{path}-wal").Length != 0)
                throw new StoreUnavailableException($"{path} has a log, {path}-wal, and cannot be written: copy both to a directory that can be, and read them there", failure);
            return OpenReader(path, $"file:{Uri.EscapeDataString(Path.GetFullPath(path))}?immutable=1", computesDigests);
        }
    }

    private static SqlReader OpenReader(string path, string source, bool computesDigests)
    {
        SqliteConnection connection = Connect(path, source, SqliteOpenMode.ReadOnly);
        try
        {
            bool isJournal = DialectOf(path).Guard(() =>
            {
                Execute(connection, $"PRAGMA cache_size = -{ReaderCacheKiB}; PRAGMA busy_timeout = 2000; PRAGMA mmap_size = 1073741824");
                return SqlCommands.Scalar(connection, transaction: null, "SELECT count(*) FROM sqlite_master WHERE name = 'journal_chain'") != 0;
            });
            return isJournal ? new SqlReader(connection, DialectOf(path), computesDigests) : throw new StoreUnavailableException($"{path} is no journal of Natflow: its tables are not there");
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Append(IReadOnlyList<JournalEntry> entries, IReadOnlyList<HeadMove> moves, BatchMark mark) => _dialect.Guard(() =>
    {
        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
        SqlFence.Pass(_connection, transaction, moves, rowLock: string.Empty);
        foreach (HeadMove move in moves)
            SqlEnds.Move(_connection, transaction, move);
        long ordering = SqlCommands.Scalar(_connection, transaction, "SELECT seq FROM sqlite_sequence WHERE name = 'journal'");
        foreach (JournalEntry entry in entries)
            entry.Ordering = ++ordering;
        _insert.Insert(entries);
        SqlCommands.Execute(
            _connection, transaction, "INSERT INTO journal_writer (writer_uuid, batch) VALUES (@id, @batch) ON CONFLICT (writer_uuid) DO UPDATE SET batch = excluded.batch",
            ("@id", mark.WriterId), ("@batch", mark.BatchNr));
        transaction.Commit();
    });

    /// <inheritdoc />
    public void Fence(string streamId, long token) => _dialect.Guard(() =>
    {
        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
        SqlFence.Pass(_connection, transaction, streamId, token, rowLock: string.Empty);
        transaction.Commit();
    });

    /// <inheritdoc />
    public long ReadMark(string writerId) => _dialect.Guard(() =>
        SqlCommands.Scalar(_connection, transaction: null, "SELECT batch FROM journal_writer WHERE writer_uuid = @id", ("@id", writerId)));

    /// <inheritdoc />
    public IReadOnlyList<ChainEnds> ReadEnds() => _dialect.Guard(() => SqlEnds.Read(_connection, transaction: null));

    /// <inheritdoc />
    public long ReadLatestTicks() => _dialect.Guard(() => SqlCommands.Scalar(_connection, transaction: null, "SELECT created FROM journal ORDER BY ordering DESC LIMIT 1"));

    /// <inheritdoc />
    public void SaveSnapshot(StoredSnapshot snapshot) => _dialect.Guard(() => SqlMaintenance.SaveSnapshot(_connection, snapshot));

    /// <inheritdoc />
    public void DeleteSnapshots(string streamId, long maxSequenceNr, long maxTicks) =>
        _dialect.Guard(() => SqlMaintenance.DeleteSnapshots(_connection, streamId, maxSequenceNr, maxTicks));

    /// <inheritdoc />
    public void DeleteTo(string streamId, long sequenceNr) => _dialect.Guard(() => SqlMaintenance.DeleteTo(_connection, streamId, sequenceNr));

    /// <inheritdoc />
    public long Trim(long throughOrdering) => _dialect.Guard(() => SqlMaintenance.Trim(_connection, throughOrdering));

    /// <inheritdoc />
    public void Erase(IReadOnlyList<JournalEntry> entries) => _dialect.Guard(() =>
    {
        Execute(_connection, "PRAGMA secure_delete = ON"); // Freed pages are overwritten: what is erased is gone from the file.
        SqlMaintenance.Erase(_connection, entries);
        Execute(_connection, "PRAGMA secure_delete = OFF");
    });

    /// <inheritdoc />
    public void Compact() => _dialect.Guard(() =>
    {
        Execute(_connection, "VACUUM");
        Execute(_connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    });

    /// <inheritdoc />
    public IJournalReader OpenReader() => OpenReader(_path, computesDigests: false);

    /// <inheritdoc />
    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    private static SqlDialect DialectOf(string path) =>
        new("SELECT (page_count - freelist_count) * page_size FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()", failure => SqliteErrors.Translate(path, failure));

    private static SqliteConnection Connect(string path, string source, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = source, Mode = mode, Pooling = false }.ToString());
        try
        {
            DialectOf(path).Guard(connection.Open);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Execute(SqliteConnection connection, string sql) => SqlCommands.Execute(connection, transaction: null, sql);
}
