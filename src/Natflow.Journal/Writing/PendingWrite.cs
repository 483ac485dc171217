namespace Natflow.Journal.Writing;

/// <summary>Entries that belong together, and whom to tell.</summary>
/// <param name="Entries">In order; may be empty, to hear when all before is done.</param>
/// <param name="Done">Called once, on the writer's thread: null when they are durable, else why not.</param>
internal sealed record PendingWrite(IReadOnlyList<JournalEntry> Entries, Action<Exception?>? Done)
{
    /// <summary>Timestamp of the clock when it was taken.</summary>
    internal long TakenAt { get; init; }
}
