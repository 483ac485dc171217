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
    private readonly List<(long Bucket, long Key, long Ordering)> _keys = [];
    private readonly string _path;
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _journal;
    private readonly sqlite3_stmt _key;
    private string? _boundStream;
    private string? _boundManifest;
    private string? _boundWriter;

    internal SqliteInsert(string path, sqlite3 database)
    {
        _path = path;
        _database = database;
        _journal = Prepare("INSERT INTO journal (ordering, created, deleted, persistence_id, sequence_number, message, manifest, identifier, writer_uuid, chain) VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?)");
        _key = Prepare("INSERT OR IGNORE INTO journal_key (bucket, key, ordering) VALUES (?, ?, ?)");
        raw.sqlite3_bind_int(_journal, 7, JournalFormat.SerializerId);
    }

    public void Dispose()
    {
        _journal.Dispose();
        _key.Dispose();
    }

    /// <summary>Inserts entries and their keys.</summary>
    internal void Insert(IReadOnlyList<JournalEntry> entries)
    {
        foreach (JournalEntry entry in entries)
        {
            InsertRow(entry);
            for (int i = 0; i < entry.Keys.Count; i++)
                _keys.Add((KeyBuckets.Of(entry.Ordering), entry.Keys[i], entry.Ordering));
        }

        InsertKeys(entries[0]);
    }

    private void InsertRow(JournalEntry entry)
    {
        entry.Salt.CopyTo(_chain, 0);
        entry.Link.CopyTo(_chain, ChainHash.SaltBytes);
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

    // In the order of the tree, which touches each of its pages once.
    private void InsertKeys(JournalEntry first)
    {
        _keys.Sort();
        foreach ((long bucket, long key, long ordering) in _keys)
        {
            raw.sqlite3_bind_int64(_key, 1, bucket);
            raw.sqlite3_bind_int64(_key, 2, key);
            raw.sqlite3_bind_int64(_key, 3, ordering);
            Step(_key, first);
        }

        _keys.Clear();
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
            _keys.Clear();
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
