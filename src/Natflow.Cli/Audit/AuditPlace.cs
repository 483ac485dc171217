using System.Globalization;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Journal.Events;
using Natflow.Journal.Writing;

namespace Natflow.Cli.Audit;

/// <summary>A journal that a command works on, and what the configuration says of its keeping.</summary>
/// <param name="Location">Where it is.</param>
/// <param name="Retention">How long it keeps events.</param>
internal sealed record AuditPlace(JournalLocation Location, Retention Retention)
{
    /// <summary>Run directory of the gateway, where it is one of several: it asks the others too. Null for a journal alone.</summary>
    internal string? ClusterRunDirectory { get; init; }

    private static readonly EventCatalogue Catalogue = EventCatalogue.Default;

    /// <summary>Questions to a reader; what is past its time is not told.</summary>
    internal AuditQueries Queries(IJournalReader reader) => new(reader, Catalogue)
    {
        HorizonTicks = Retention.AgeMax is { } age ? (TimeProvider.System.GetUtcNow() - age).UtcTicks : 0,
    };

    /// <summary>Puts on record that somebody asked. Where the journal cannot be written, as on a copy, that is said, and the answer given.</summary>
    /// <param name="question">What.</param>
    internal void RecordQuestion(string question)
    {
        try
        {
            using IJournalStore store = Location.Open();
            Record(store, new OperatorActed(Environment.UserName, $"audit {question}", "asked"));
        }
        catch (Exception failure) when (failure is StoreUnavailableException or StoreConflictException)
        {
            Terminal.Warn($"this question is not on record: {failure.Message}");
        }
    }

    /// <summary>Puts something on record.</summary>
    internal static void Record(IJournalStore store, IJournalEvent journalEvent) => DirectAppend.Run(store, Catalogue, journalEvent, TimeProvider.System);

    /// <summary>A time for a record; empty for none.</summary>
    internal static string Text(string name, long? ticks) => ticks is { } time ? string.Create(CultureInfo.InvariantCulture, $" {name} {AuditTime.Text(time)}") : string.Empty;
}
