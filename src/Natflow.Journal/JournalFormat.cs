namespace Natflow.Journal;

/// <summary>Numbers that stand in stored rows: never changed.</summary>
public static class JournalFormat
{
    /// <summary>Columns <c>identifier</c> and <c>serializer_id</c>: JSON of the event catalogue. 1 to 100 are Akka's own.</summary>
    public const int SerializerId = 140;
}
