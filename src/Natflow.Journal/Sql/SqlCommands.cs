using System.Data.Common;

namespace Natflow.Journal.Sql;

/// <summary>Commands with parameters, for either driver.</summary>
internal static class SqlCommands
{
    internal static DbCommand Make(DbConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object value) in parameters)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    internal static int Execute(DbConnection connection, DbTransaction? transaction, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using DbCommand command = Make(connection, sql, parameters);
        command.Transaction = transaction;
        return command.ExecuteNonQuery();
    }

    internal static long Scalar(DbConnection connection, DbTransaction? transaction, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using DbCommand command = Make(connection, sql, parameters);
        command.Transaction = transaction;
        return command.ExecuteScalar() is long number ? number : 0;
    }
}
