using Microsoft.Data.Sqlite;

namespace Natflow.Journal.Tests.Stores;

/// <summary>A place for one test's journal: a directory, and in it or on the test server an empty journal.</summary>
internal sealed class TestJournalPlace : IDisposable
{
    internal TestJournalPlace(string engine)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("nf-journal-").FullName;
        Location = engine == "sqlite" ? JournalLocation.OfFile(Path.Combine(Directory, "journal.db")) : JournalLocation.OfDatabase(PostgreSqlServer.Instance.MakeDatabase());
    }

    /// <summary>What a suite is run against.</summary>
    internal static TheoryData<string> Engines => PostgreSqlServer.Missing is null ? ["sqlite", "postgresql"] : ["sqlite"];

    internal string Directory { get; }

    internal JournalLocation Location { get; }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
