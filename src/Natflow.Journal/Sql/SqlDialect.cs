using System.Data.Common;

namespace Natflow.Journal.Sql;

/// <summary>What differs between the stores when reading: how failures are told, and how the size is asked.</summary>
/// <param name="SizeQuery">Bytes on disk.</param>
/// <param name="Translate">Says what a driver's failure means.</param>
internal sealed record SqlDialect(string SizeQuery, Func<DbException, Exception> Translate)
{
    internal T Guard<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (DbException failure)
        {
            throw Translate(failure);
        }
    }

    internal void Guard(Action call) => Guard(() =>
    {
        call();
        return true;
    });
}
