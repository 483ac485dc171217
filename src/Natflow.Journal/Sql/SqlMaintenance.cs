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

        transaction.Commit();
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
