using System.Text;
using Natflow.Journal.Chain;
using Natflow.Journal.Sql;
using SQLitePCL;

namespace Natflow.Journal.Sqlite;

/// <summary>The prepared statements of an append, bound without the driver's objects: they are most of an event's cost.</summary>
internal sealed class SqliteInsert : IDisposable
{
    private const int NamesMax = 4096;

    private readonly Dictionary<string, byte[]> _names = new(StringComparer.Ordinal);
    private readonly byte[] _chain = new byte[ChainHash.SaltBytes + ChainHash.DigestBytes];
    private readonly string _path;
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _journal;
    private readonly sqlite3_stmt _key;
    private readonly sqlite3_stmt _run;
    private readonly sqlite3_stmt _runKey;
    private string? _boundStream;
    private string? _boundManifest;
    private string? _boundWriter;

    internal SqliteInsert(string path, sqlite3 database)
    {
        _path = path;
        _database = database;
        _journal = Prepare("INSERT INTO journal (ordering, created, deleted, persistence_id, sequence_number, message, manifest, identifier, writer_uuid, chain) VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?)");
        _key = Prepare("INSERT OR IGNORE INTO journal_key (bucket, key, ordering) VALUES (?, ?, ?)");
        _run = Prepare("INSERT INTO journal_run (first_ordering, last_ordering) VALUES (?, ?)");
        _runKey = Prepare("INSERT INTO journal_run_key (first_ordering, first_key, number, keys) VALUES (?, ?, ?, ?)");
        raw.sqlite3_bind_int(_journal, 7, JournalFormat.SerializerId);
    }

    public void Dispose()
    {
        _journal.Dispose();
        _key.Dispose();
        _run.Dispose();
        _runKey.Dispose();
    }

    /// <summary>Inserts entries and their keys. They have their orderings.</summary>
    internal void Insert(IReadOnlyList<JournalEntry> entries)
    {
        foreach (JournalEntry entry in entries)
            InsertRow(entry);
        if (KeyRun.IsWorth(entries))
            InsertRun(entries);
        else
            InsertKeys(entries);
    }

    private void InsertRun(IReadOnlyList<JournalEntry> entries)
    {
        long first = entries[0].Ordering;
        raw.sqlite3_bind_int64(_run, 1, first);
        raw.sqlite3_bind_int64(_run, 2, entries[^1].Ordering);
        Step(_run, entries[0]);
        foreach (KeyRun.Chunk chunk in KeyRun.ChunksOf(entries))
        {
            raw.sqlite3_bind_int64(_runKey, 1, first);
            raw.sqlite3_bind_int64(_runKey, 2, chunk.FirstKey);
            raw.sqlite3_bind_int64(_runKey, 3, chunk.Number);
            raw.sqlite3_bind_blob(_runKey, 4, chunk.Keys);
            Step(_runKey, entries[0]);
        }
    }

    private void InsertRow(JournalEntry entry)
    {
        entry.Salt.CopyTo(_chain);
        entry.Link.CopyTo(_chain.AsSpan(ChainHash.SaltBytes));
        raw.sqlite3_bind_int64(_journal, 1, entry.Ordering);
        raw.sqlite3_bind_int64(_journal, 2, entry.CreatedTicks);
        raw.sqlite3_bind_blob(_journal, 5, entry.Payload);
        raw.sqlite3_bind_int64(_journal, 4, entry.SequenceNr);
        raw.sqlite3_bind_blob(_journal, 9, _chain);
        Bind(3, entry.StreamId, ref _boundStream);
        Bind(6, entry.Manifest, ref _boundManifest);
        Bind(8, entry.WriterId, ref _boundWriter);
        Step(_journal, entry);
    }

    // A statement keeps what is bound to it: what is the same as in the row before is bound once.
    private void Bind(int column, string text, ref string? bound)
    {
        if (ReferenceEquals(text, bound))
            return;
        raw.sqlite3_bind_text(_journal, column, NameOf(text));
        bound = text;
    }

    private void InsertKeys(IReadOnlyList<JournalEntry> entries)
    {
        foreach (JournalEntry entry in entries)
        {
            raw.sqlite3_bind_int64(_key, 1, KeyBuckets.Of(entry.Ordering));
            raw.sqlite3_bind_int64(_key, 3, entry.Ordering);
            for (int i = 0; i < entry.Keys.Count; i++)
            {
                raw.sqlite3_bind_int64(_key, 2, entry.Keys[i]);
                Step(_key, entry);
            }
        }
    }

    private sqlite3_stmt Prepare(string sql)
    {
        int code = raw.sqlite3_prepare_v2(_database, sql, out sqlite3_stmt statement);
        return code == raw.SQLITE_OK ? statement : throw SqliteErrors.Make(_path, code, raw.sqlite3_errmsg(_database).utf8_to_string());
    }

    private void Step(sqlite3_stmt statement, JournalEntry entry)
    {
        int code = raw.sqlite3_step(statement);
        if (code != raw.SQLITE_DONE)
        {
            string words = raw.sqlite3_errmsg(_database).utf8_to_string();
            raw.sqlite3_reset(statement);
            throw (code & 0xFF) == raw.SQLITE_CONSTRAINT ? new StoreConflictException(entry.StreamId) : SqliteErrors.Make(_path, code, words);
        }

        raw.sqlite3_reset(statement);
    }

    // Streams and manifests are few; the bound is for a journal with a stream a user.
    private byte[] NameOf(string name)
    {
        if (_names.TryGetValue(name, out byte[]? bytes))
            return bytes;
        if (_names.Count == NamesMax)
            _names.Clear();
        return _names[name] = Encoding.UTF8.GetBytes(name);
    }
}
