using System.Data.Common;
using Microsoft.Data.Sqlite;
using Natflow.Journal;
using Natflow.Journal.Events;
using Natflow.Journal.Sqlite;
using Npgsql;

namespace Natflow.Cli.Bench.Journal;

/// <summary>
/// The baseline: a prepared insert into the journal's own table in a loop, with the journal's page size, cache, log and durability, in transactions as large as
/// the writer's. No chain, no keys, no senders; events are encoded before the clock starts.
/// </summary>
internal sealed class RawInsertLoop : IDisposable
{
    private const int BatchSize = 32768;
    private const string Sql = "INSERT INTO journal (created, deleted, persistence_id, sequence_number, message, manifest, identifier, writer_uuid) "
        + "VALUES (@created, @deleted, @id, @number, @message, @manifest, @serializer, @writer)";

    private readonly JournalWorkload _workload = new();
    private readonly DbConnection _connection;
    private readonly DbCommand _insert;
    private long _number;

    /// <summary>Makes the tables, and stores a batch, so that code and tables are warm.</summary>
    internal RawInsertLoop(JournalLocation location)
    {
        location.Open().Dispose();
        _connection = location.IsSqlite ? new SqliteConnection($"Data Source={location.Value};Pooling=False") : new NpgsqlConnection(location.Value);
        _connection.Open();
        if (location.IsSqlite)
            Execute(SqliteStore.WriterPragmas);
        _insert = Prepare(_connection);
        Run(BatchSize);
    }

    /// <summary>Events a second, all durable at the end.</summary>
    internal double Run(int count)
    {
        (string Manifest, byte[] Payload)[] events = [.. _workload.Next(count).Select(static fact => EventCatalogue.Default.Encode(fact.Event))];
        long start = TimeProvider.System.GetTimestamp();
        for (int first = 0; first < count; first += BatchSize)
            Store(events.AsSpan(first, Math.Min(BatchSize, count - first)));
        return count / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    private void Store(ReadOnlySpan<(string Manifest, byte[] Payload)> events)
    {
        using DbTransaction transaction = _connection.BeginTransaction();
        _insert.Transaction = transaction;
        foreach ((string manifest, byte[] payload) in events)
        {
            _number++;
            _insert.Parameters[0].Value = DateTime.UnixEpoch.Ticks + _number;
            _insert.Parameters[3].Value = _number;
            _insert.Parameters[4].Value = payload;
            _insert.Parameters[5].Value = manifest;
            _insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    private static DbCommand Prepare(DbConnection connection)
    {
        DbCommand insert = connection.CreateCommand();
        insert.CommandText = Sql;
        (string Name, object Value)[] parameters =
        [
            ("@created", 0L), ("@deleted", false), ("@id", "nat-0"), ("@number", 0L), ("@message", Array.Empty<byte>()), ("@manifest", string.Empty),
            ("@serializer", JournalFormat.SerializerId), ("@writer", Guid.Empty.ToString("N")),
        ];
        foreach ((string name, object value) in parameters)
        {
            DbParameter parameter = insert.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            insert.Parameters.Add(parameter);
        }

        insert.Prepare();
        return insert;
    }

    private void Execute(string sql)
    {
        using DbCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
