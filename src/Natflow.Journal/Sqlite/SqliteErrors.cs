using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Natflow.Journal.Sqlite;

/// <summary>SQLite's result codes in an operator's words.</summary>
internal static class SqliteErrors
{
    internal static Exception Translate(string path, DbException failure) => failure is SqliteException sqlite
        ? Make(path, sqlite.SqliteErrorCode, sqlite.Message, sqlite)
        : new StoreUnavailableException($"{path}: {failure.Message}", failure);

    internal static Exception Make(string path, int code, string words, Exception? cause = null) => new StoreUnavailableException((code & 0xFF) switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => $"{path} is locked by another program; end it, or give it time",
        raw.SQLITE_FULL => $"{path}: the disk is full; make room, or shorten natflow.journal.retention",
        raw.SQLITE_NOTADB => $"{path} is no SQLite database, or its beginning is damaged; name another file, or stop the gateway, keep this one, and restore a backup",
        raw.SQLITE_CORRUPT => $"{path} is damaged ({words}); stop the gateway, keep the file for 'sqlite3 .recover', and restore a backup or start a new journal",
        raw.SQLITE_READONLY => $"{path} cannot be written: check owner, mode and mount options",
        raw.SQLITE_CANTOPEN => $"{path} cannot be opened: check that its directory exists and may be written",
        raw.SQLITE_IOERR => $"{path}: the disk reports an error ({words})",
        _ => $"{path}: {words}",
    }, cause);
}
