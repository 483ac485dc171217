namespace Natflow.Journal;

/// <summary>A state as a store holds it: one row of table <c>snapshot</c>.</summary>
/// <param name="StreamId">Of what.</param>
/// <param name="SequenceNr">Last event included.</param>
/// <param name="CreatedTicks">When, .NET ticks, UTC.</param>
/// <param name="Manifest">Name and version of its form.</param>
/// <param name="Content">The state.</param>
public sealed record StoredSnapshot(string StreamId, long SequenceNr, long CreatedTicks, string Manifest, byte[] Content);
