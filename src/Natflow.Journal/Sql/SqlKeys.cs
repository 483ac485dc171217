using System.Data.Common;

namespace Natflow.Journal.Sql;

/// <summary>Finds orderings by key, in rows and in runs, a stretch of the journal at a time.</summary>
internal sealed class SqlKeys : IDisposable
{
    private readonly DbConnection _connection;
    private readonly IReadOnlyList<long> _keys;
    private readonly long _after;
    private readonly long _through;
    private readonly DbCommand _rows;
    private readonly DbCommand _chunks;
    private readonly List<(long First, long Last)> _runs = [];

    /// <summary>Prepares a search.</summary>
    /// <param name="connection">Open.</param>
    /// <param name="keys">At least one.</param>
    /// <param name="after">Ordering, exclusive.</param>
    /// <param name="through">Ordering, inclusive.</param>
    internal SqlKeys(DbConnection connection, IReadOnlyList<long> keys, long after, long through)
    {
        _connection = connection;
        _keys = [.. keys.Distinct()];
        _after = after;
        _through = through;
        _rows = SqlCommands.Make(
            connection,
            $"SELECT ordering FROM journal_key WHERE bucket = @bucket AND key IN ({string.Join(", ", _keys.Select(static (_, i) => $"@key{i}"))}) AND ordering > @after AND ordering <= @through",
            [.. _keys.Select(static (key, i) => ($"@key{i}", (object)key)), ("@bucket", 0L), ("@after", after), ("@through", through)]);
        _chunks = SqlCommands.Make(
            connection, "SELECT first_key, keys FROM journal_run_key WHERE first_ordering = @run AND first_key <= @key ORDER BY first_key DESC, number DESC", ("@run", 0L), ("@key", 0L));
        LoadRuns();
    }

    public void Dispose()
    {
        _rows.Dispose();
        _chunks.Dispose();
    }

    /// <summary>Orderings of a stretch, sorted.</summary>
    internal SortedSet<long> In(long bucket)
    {
        var found = new SortedSet<long>();
        _rows.Parameters["@bucket"].Value = bucket;
        using (DbDataReader row = _rows.ExecuteReader())
        {
            while (row.Read())
                found.Add(row.GetInt64(0));
        }

        foreach ((long first, long last) in _runs)
        {
            if (KeyBuckets.Of(first) <= bucket && KeyBuckets.Of(last) >= bucket)
                FindInRun(first, found);
        }

        found.RemoveWhere(ordering => KeyBuckets.Of(ordering) != bucket || ordering <= _after || ordering > _through);
        return found;
    }

    private void FindInRun(long run, SortedSet<long> found)
    {
        _chunks.Parameters["@run"].Value = run;
        foreach (long key in _keys)
        {
            _chunks.Parameters["@key"].Value = key;
            using DbDataReader row = _chunks.ExecuteReader();
            bool mayBeBefore = true; // A key that begins a chunk may also end the one before.
            while (mayBeBefore && row.Read())
            {
                mayBeBefore = row.GetInt64(0) == key;
                KeyRun.Find((byte[])row[1], run, key, found);
            }
        }
    }

    private void LoadRuns()
    {
        using DbCommand command = SqlCommands.Make(
            _connection, "SELECT first_ordering, last_ordering FROM journal_run WHERE last_ordering > @after AND first_ordering <= @through", ("@after", _after), ("@through", _through));
        using DbDataReader row = command.ExecuteReader();
        while (row.Read())
            _runs.Add((row.GetInt64(0), row.GetInt64(1)));
    }
}
