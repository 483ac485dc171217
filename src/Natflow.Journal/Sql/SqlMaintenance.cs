using System.Data.Common;
using Natflow.Journal.Chain;

namespace Natflow.Journal.Sql;

/// <summary>What is done to a journal beside appending, in either dialect.</summary>
internal static class SqlMaintenance
{
    internal static void SaveSnapshot(DbConnection connection, StoredSnapshot snapshot) => SqlCommands.Execute(
        connection, transaction: null,
        "INSERT INTO snapshot (persistence_id, sequence_number, created, snapshot, manifest, serializer_id) VALUES (@id, @number, @created, @content, @manifest, @serializer) "
        + "ON CONFLICT (persistence_id, sequence_number) DO UPDATE SET created = excluded.created, snapshot = excluded.snapshot, manifest = excluded.manifest, serializer_id = excluded.serializer_id",
        ("@id", snapshot.StreamId), ("@number", snapshot.SequenceNr), ("@created", snapshot.CreatedTicks), ("@content", snapshot.Content), ("@manifest", snapshot.Manifest),
        ("@serializer", JournalFormat.SerializerId));

    internal static void DeleteSnapshots(DbConnection connection, string streamId, long maxSequenceNr, long maxTicks) => SqlCommands.Execute(
        connection, transaction: null,
        "DELETE FROM snapshot WHERE persistence_id = @id AND sequence_number <= @number AND created <= @ticks", ("@id", streamId), ("@number", maxSequenceNr), ("@ticks", maxTicks));

    internal static void DeleteTo(DbConnection connection, string streamId, long sequenceNr)
    {
        using DbTransaction transaction = connection.BeginTransaction();
        (string, object)[] range = [("@id", streamId), ("@number", sequenceNr)];
        long last = SqlCommands.Scalar(connection, transaction, "SELECT max(sequence_number) FROM journal WHERE persistence_id = @id AND sequence_number <= @number", range);
        if (last != 0)
        {
            (string, object)[] upTo = [("@id", streamId), ("@number", last)];
            MoveAnchor(connection, transaction, streamId, last);
            SqlCommands.Execute(
                connection, transaction,
                "DELETE FROM journal_key WHERE ordering IN (SELECT ordering FROM journal WHERE persistence_id = @id AND sequence_number <= @number)", upTo);
            SqlCommands.Execute(connection, transaction, "DELETE FROM journal WHERE persistence_id = @id AND sequence_number < @number", upTo);
            SqlCommands.Execute(
                connection, transaction, "UPDATE journal SET deleted = @deleted WHERE persistence_id = @id AND sequence_number = @number",
                ("@deleted", true), ("@id", streamId), ("@number", last));
        }

        transaction.Commit();
    }

    internal static long Trim(DbConnection connection, long throughOrdering)
    {
        using DbTransaction transaction = connection.BeginTransaction();
        foreach (ChainEnds ends in SqlEnds.Read(connection, transaction))
        {
            long last = SqlCommands.Scalar(
                connection, transaction, "SELECT max(sequence_number) FROM journal WHERE persistence_id = @id AND ordering <= @through",
                ("@id", ends.StreamId), ("@through", throughOrdering));
            if (last > ends.AnchorNr)
                MoveAnchor(connection, transaction, ends.StreamId, last);
        }

        SqlCommands.Execute(
            connection, transaction, "DELETE FROM journal_key WHERE bucket <= @bucket AND ordering <= @through",
            ("@bucket", KeyBuckets.Of(throughOrdering)), ("@through", throughOrdering));
        SqlCommands.Execute(
            connection, transaction, "DELETE FROM journal_run_key WHERE first_ordering IN (SELECT first_ordering FROM journal_run WHERE last_ordering <= @through)", ("@through", throughOrdering));
        SqlCommands.Execute(connection, transaction, "DELETE FROM journal_run WHERE last_ordering <= @through", ("@through", throughOrdering));
        int count = SqlCommands.Execute(connection, transaction, "DELETE FROM journal WHERE ordering <= @through", ("@through", throughOrdering));
        transaction.Commit();
        return count;
    }

    internal static void Erase(DbConnection connection, IReadOnlyList<JournalEntry> entries)
    {
        using DbTransaction transaction = connection.BeginTransaction();
        foreach (JournalEntry entry in entries)
        {
            SqlCommands.Execute(
                connection, transaction, "UPDATE journal SET message = @empty, chain = @chain WHERE ordering = @ordering",
                ("@empty", Array.Empty<byte>()), ("@chain", (byte[])[.. entry.Digest, .. entry.Link]), ("@ordering", entry.Ordering));
            SqlCommands.Execute(
                connection, transaction, "DELETE FROM journal_key WHERE bucket = @bucket AND ordering = @ordering",
                ("@bucket", KeyBuckets.Of(entry.Ordering)), ("@ordering", entry.Ordering));
        }

        EraseFromRuns(connection, transaction, [.. entries.Select(static entry => entry.Ordering)]);
        transaction.Commit();
    }

    // A key is made of an address, so what is erased must not be found by it any more.
    private static void EraseFromRuns(DbConnection connection, DbTransaction transaction, HashSet<long> orderings)
    {
        if (orderings.Count == 0)
            return;
        var changed = new List<(long Run, long FirstKey, long Number, byte[] Keys)>();
        using (DbCommand command = SqlCommands.Make(
            connection,
            "SELECT k.first_ordering, k.first_key, k.number, k.keys FROM journal_run_key k JOIN journal_run r ON r.first_ordering = k.first_ordering WHERE r.last_ordering >= @first AND r.first_ordering <= @last",
            ("@first", orderings.Min()), ("@last", orderings.Max())))
        {
            command.Transaction = transaction;
            using DbDataReader row = command.ExecuteReader();
            while (row.Read())
            {
                if (KeyRun.Without((byte[])row[3], row.GetInt64(0), orderings) is { } rest)
                    changed.Add((row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), rest));
            }
        }

        foreach ((long run, long firstKey, long number, byte[] keys) in changed)
        {
            SqlCommands.Execute(
                connection, transaction, "UPDATE journal_run_key SET keys = @keys, first_key = @newKey WHERE first_ordering = @run AND first_key = @key AND number = @number",
                ("@keys", keys), ("@newKey", KeyRun.FirstKeyOf(keys, firstKey)), ("@run", run), ("@key", firstKey), ("@number", number));
        }
    }

    private static void MoveAnchor(DbConnection connection, DbTransaction transaction, string streamId, long number)
    {
        using DbCommand command = SqlCommands.Make(
            connection, "SELECT chain FROM journal WHERE persistence_id = @id AND sequence_number = @number", ("@id", streamId), ("@number", number));
        command.Transaction = transaction;
        byte[] link = ChainHash.Unpack(command.ExecuteScalar() as byte[] ?? [], []).Link;
        SqlCommands.Execute(
            connection, transaction, "UPDATE journal_chain SET anchor_number = @number, anchor_link = @link WHERE persistence_id = @id",
            ("@number", number), ("@link", link), ("@id", streamId));
    }
}
