namespace Natflow.Journal.Events;

/// <summary>A fact that is kept: past, immutable, a record of the catalogue. Its JSON is its public properties, which only grow.</summary>
public interface IJournalEvent
{
    /// <summary>Address of the subscriber that it is about, as text; null where it is about none. By it the event is found, and erased.</summary>
    string? Subject => null;

    /// <summary>Key of the port block that it is about; 0 for none.</summary>
    long BlockKey => 0;

    /// <summary>Another address that it names, as text; null for none. By it the event is found, and erased, too.</summary>
    string? OtherSubject => null;

    /// <summary>Whether an address is one that it is about.</summary>
    /// <param name="address">As text.</param>
    bool IsAbout(string address) => Subject == address || OtherSubject == address;
}
