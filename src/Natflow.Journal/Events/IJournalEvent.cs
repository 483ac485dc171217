namespace Natflow.Journal.Events;

/// <summary>A fact that is kept: past, immutable, a record of the catalogue. Its JSON is its public properties, which only grow.</summary>
public interface IJournalEvent
{
    /// <summary>Address of the subscriber that it is about, as text; null where it is about none. By it the event is found, and erased.</summary>
    string? Subject => null;

    /// <summary>Key of the port block that it is about; 0 for none.</summary>
    long BlockKey => 0;
}
