using System.Data.Common;
using Natflow.Journal.Chain;

namespace Natflow.Journal.Sql;

/// <summary>Table <c>journal_fence</c>: the highest token under which each owned stream was written or claimed.</summary>
/// <remarks>
/// Looked at in the transaction of the write. The row stays locked until that ends: whoever claims the stream meanwhile waits, and reads a head that no late write
/// can move any more.
/// </remarks>
internal static class SqlFence
{
    /// <summary>Lets a write through, and everything older no more.</summary>
    /// <param name="connection">The store.</param>
    /// <param name="transaction">Of the write.</param>
    /// <param name="streamId">The stream.</param>
    /// <param name="token">The writer's; 0 for none.</param>
    /// <param name="rowLock">What holds a row that was read; empty where a transaction holds the whole store.</param>
    /// <exception cref="StoreFencedException">The stream has an owner of later.</exception>
    internal static void Pass(DbConnection connection, DbTransaction transaction, string streamId, long token, string rowLock)
    {
        long known = Known(connection, transaction, streamId, rowLock);
        if (known > token)
            throw new StoreFencedException(streamId, token, known);
        if (known == token)
            return;
        int count = SqlCommands.Execute(
            connection, transaction,
            "INSERT INTO journal_fence (persistence_id, token) VALUES (@id, @token) ON CONFLICT (persistence_id) DO UPDATE SET token = excluded.token WHERE journal_fence.token <= excluded.token",
            ("@id", streamId), ("@token", token));
        if (count != 1)
            throw new StoreFencedException(streamId, token, Known(connection, transaction, streamId, rowLock)); // Another claimed it between the two.
    }

    /// <summary>As <see cref="Pass(DbConnection, DbTransaction, string, long, string)"/>, for each stream of a batch.</summary>
    internal static void Pass(DbConnection connection, DbTransaction transaction, IReadOnlyList<HeadMove> moves, string rowLock)
    {
        foreach (HeadMove move in moves)
            Pass(connection, transaction, move.StreamId, move.Token, rowLock);
    }

    private static long Known(DbConnection connection, DbTransaction transaction, string streamId, string rowLock) =>
        SqlCommands.Scalar(connection, transaction, $"SELECT token FROM journal_fence WHERE persistence_id = @id{rowLock}", ("@id", streamId));
}
