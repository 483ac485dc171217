namespace Natflow.Journal.Writing;

/// <summary>A batch in the spill file. Its mark tells whether the store has it already.</summary>
/// <param name="Mark">The batch.</param>
/// <param name="Entries">Without links; numbers where the caller counted.</param>
internal sealed record SpillUnit(BatchMark Mark, IReadOnlyList<JournalEntry> Entries);
