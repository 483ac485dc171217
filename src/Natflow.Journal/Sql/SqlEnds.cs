using System.Data.Common;
using Natflow.Journal.Chain;

namespace Natflow.Journal.Sql;

/// <summary>Table <c>journal_chain</c>.</summary>
internal static class SqlEnds
{
    internal static IReadOnlyList<ChainEnds> Read(DbConnection connection, DbTransaction? transaction)
    {
        var ends = new List<ChainEnds>();
        using DbCommand command = SqlCommands.Make(connection, "SELECT persistence_id, anchor_number, anchor_link, head_number, head_link FROM journal_chain ORDER BY persistence_id");
        command.Transaction = transaction;
        using DbDataReader row = command.ExecuteReader();
        while (row.Read())
            ends.Add(new ChainEnds(row.GetString(0), row.GetInt64(1), (byte[])row[2], row.GetInt64(3), (byte[])row[4]));
        return ends;
    }

    /// <summary>Moves a stream's head.</summary>
    /// <exception cref="StoreConflictException">It is elsewhere.</exception>
    internal static void Move(DbConnection connection, DbTransaction transaction, HeadMove move)
    {
        int count = move.FromNr == 0
            ? SqlCommands.Execute(
                connection, transaction,
                "INSERT INTO journal_chain (persistence_id, anchor_number, anchor_link, head_number, head_link) VALUES (@id, 0, @zero, @number, @link) ON CONFLICT DO NOTHING",
                ("@id", move.StreamId), ("@zero", ChainHash.Zero), ("@number", move.ToNr), ("@link", move.ToLink))
            : SqlCommands.Execute(
                connection, transaction,
                "UPDATE journal_chain SET head_number = @number, head_link = @link WHERE persistence_id = @id AND head_number = @from AND head_link = @fromLink",
                ("@number", move.ToNr), ("@link", move.ToLink), ("@id", move.StreamId), ("@from", move.FromNr), ("@fromLink", move.FromLink));
        if (count != 1)
            throw new StoreConflictException(move.StreamId);
    }
}
