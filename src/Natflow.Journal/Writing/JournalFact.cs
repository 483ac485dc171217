using Natflow.Journal.Events;

namespace Natflow.Journal.Writing;

/// <summary>An event to be written, and when it happened.</summary>
/// <param name="Event">Of the catalogue.</param>
/// <param name="CreatedTicks">.NET ticks, UTC; 0 is now.</param>
/// <param name="SequenceNr">Its number where the caller counts, as a persistent actor does; 0 is the next.</param>
public readonly record struct JournalFact(IJournalEvent Event, long CreatedTicks = 0, long SequenceNr = 0);
