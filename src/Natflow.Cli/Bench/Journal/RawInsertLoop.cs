using System.Data.Common;
using Microsoft.Data.Sqlite;
using Natflow.Journal;
using Natflow.Journal.Events;
using Npgsql;

namespace Natflow.Cli.Bench.Journal;

/// <summary>The baseline: a prepared insert into the journal's table in a loop, in transactions as large as the writer's. No chain, no keys, no senders.</summary>
internal static class RawInsertLoop
{
    private const int BatchSize = 32768;
    private const string Sql = "INSERT INTO journal (created, deleted, persistence_id, sequence_number, message, manifest, identifier, writer_uuid) "
        + "VALUES (@created, @deleted, @id, @number, @message, @manifest, @serializer, @writer)";

    /// <summary>Events a second, all durable at the end.</summary>
    internal static double Run(JournalLocation location, int count)
    {
        location.Open().Dispose(); // Makes the tables.
        using DbConnection connection = location.IsSqlite ? new SqliteConnection($"Data Source={location.Value};Pooling=False") : new NpgsqlConnection(location.Value);
        connection.Open();
        if (location.IsSqlite)
            Execute(connection, "PRAGMA synchronous = FULL; PRAGMA cache_size = -131072; PRAGMA wal_autocheckpoint = 32768");
        (string Manifest, byte[] Payload)[] events = [.. new JournalWorkload().Next(count).Select(static fact => EventCatalogue.Default.Encode(fact.Event))];
        using DbCommand insert = Prepare(connection);
        long start = TimeProvider.System.GetTimestamp();
        for (int first = 0; first < count; first += BatchSize)
            Store(connection, insert, events, first, Math.Min(BatchSize, count - first));
        return count / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private static void Store(DbConnection connection, DbCommand insert, (string Manifest, byte[] Payload)[] events, int first, int count)
    {
        using DbTransaction transaction = connection.BeginTransaction();
        insert.Transaction = transaction;
        for (int i = first; i < first + count; i++)
        {
            insert.Parameters[0].Value = DateTime.UnixEpoch.Ticks + i;
            insert.Parameters[3].Value = (long)i + 1;
            insert.Parameters[4].Value = events[i].Payload;
            insert.Parameters[5].Value = events[i].Manifest;
            insert.ExecuteNonQuery();
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

    private static void Execute(DbConnection connection, string sql)
    {
        using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
