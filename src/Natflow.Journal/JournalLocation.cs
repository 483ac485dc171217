using Natflow.Journal.PostgreSql;
using Natflow.Journal.Sqlite;

namespace Natflow.Journal;

/// <summary>Where a journal is: <c>sqlite:FILE</c>, or <c>postgresql:CONNECTION</c> with a connection string of Npgsql.</summary>
public sealed record JournalLocation
{
    private const string SqlitePrefix = "sqlite:";
    private const string PostgreSqlPrefix = "postgresql:";

    private JournalLocation(bool isSqlite, string value)
    {
        IsSqlite = isSqlite;
        Value = value;
    }

    /// <summary>SQLite or PostgreSQL.</summary>
    public bool IsSqlite { get; }

    /// <summary>File or connection string.</summary>
    public string Value { get; }

    /// <summary>A journal in a file.</summary>
    public static JournalLocation OfFile(string path) => new(isSqlite: true, path);

    /// <summary>A journal in a database.</summary>
    public static JournalLocation OfDatabase(string connectionString) => new(isSqlite: false, connectionString);

    /// <summary>Reads a location; text without a prefix is a file.</summary>
    public static JournalLocation Parse(string text) =>
        text.StartsWith(PostgreSqlPrefix, StringComparison.Ordinal) ? OfDatabase(text[PostgreSqlPrefix.Length..])
        : OfFile(text.StartsWith(SqlitePrefix, StringComparison.Ordinal) ? text[SqlitePrefix.Length..] : text);

    /// <summary>Opens it for writing.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be used.</exception>
    public IJournalStore Open() => IsSqlite ? SqliteStore.Open(Value) : PostgreSqlStore.Open(Value);

    /// <summary>Opens it for reading.</summary>
    /// <param name="computesDigests">For verification and erasure: each payload is hashed as it is read.</param>
    /// <exception cref="StoreUnavailableException">It cannot be used.</exception>
    public IJournalReader OpenReader(bool computesDigests = false) =>
        IsSqlite ? SqliteStore.OpenReader(Value, computesDigests) : PostgreSqlStore.OpenReader(Value, computesDigests);
}
