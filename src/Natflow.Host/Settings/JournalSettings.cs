using Natflow.Journal;
using Natflow.Journal.Audit;

namespace Natflow.Host.Settings;

/// <summary><c>natflow.journal</c>.</summary>
public sealed record JournalSettings
{
    /// <summary>What keeps the events.</summary>
    public required JournalEngine Engine { get; init; }

    /// <summary>Absolute path of the file; empty is <c>journal.db</c> in the state directory.</summary>
    public required string Path { get; init; }

    /// <summary>Connection string of the database.</summary>
    public required string Connection { get; init; }

    /// <summary>Most bytes of the spill file.</summary>
    public required long SpillBytes { get; init; }

    /// <summary>How long events are kept; zero keeps them for good.</summary>
    public required TimeSpan RetentionAge { get; init; }

    /// <summary>Most bytes of the journal; 0 sets no limit.</summary>
    public required long RetentionBytes { get; init; }

    /// <summary>How long events are kept.</summary>
    public Retention Retention => new(RetentionAge == TimeSpan.Zero ? null : RetentionAge, RetentionBytes);

    /// <summary>Where the journal is, or null.</summary>
    /// <param name="stateDirectory">Directory of what survives a restart.</param>
    public JournalLocation? Location(string stateDirectory) => Engine switch
    {
        JournalEngine.Sqlite => JournalLocation.OfFile(Path.Length == 0 ? System.IO.Path.Combine(stateDirectory, "journal.db") : Path),
        JournalEngine.PostgreSql => JournalLocation.OfDatabase(Connection),
        _ => null,
    };
}
