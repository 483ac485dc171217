namespace Natflow.Host.Settings;

/// <summary>What keeps the events.</summary>
public enum JournalEngine
{
    /// <summary>Nothing: no event is kept.</summary>
    None = 0,

    /// <summary>A file.</summary>
    Sqlite = 1,

    /// <summary>A database server.</summary>
    PostgreSql = 2,
}
