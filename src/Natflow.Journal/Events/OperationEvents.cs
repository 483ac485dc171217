namespace Natflow.Journal.Events;

/// <summary>The gateway came up.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="ShardCount">Parts of the subscribers.</param>
/// <param name="Mode">How translations are logged: block, session or deterministic.</param>
public sealed record GatewayStarted(string Version, int ShardCount, string Mode) : IJournalEvent;

/// <summary>The gateway went down in order.</summary>
public sealed record GatewayStopped : IJournalEvent;

/// <summary>An operator changed something.</summary>
/// <param name="Operator">Who.</param>
/// <param name="Command">What.</param>
/// <param name="Outcome">What came of it.</param>
public sealed record OperatorActed(string Operator, string Command, string Outcome) : IJournalEvent;

/// <summary>Events found no place and are gone: the gap is on record.</summary>
/// <param name="Count">How many.</param>
/// <param name="Reason">Where they found none.</param>
public sealed record EventsLost(long Count, string Reason) : IJournalEvent;

/// <summary>The clock was set back: until it has come up again, events carry the time before.</summary>
/// <param name="Before">Latest time seen, ISO 8601, UTC.</param>
/// <param name="Now">What the clock says.</param>
public sealed record ClockSteppedBack(string Before, string Now) : IJournalEvent;

/// <summary>A subscriber's events were erased on request.</summary>
/// <param name="SubjectDigest">SHA-256 of a forgotten salt and the address, hex: tells requests apart, not people.</param>
/// <param name="Count">Events whose content is gone.</param>
public sealed record SubjectErased(string SubjectDigest, long Count) : IJournalEvent;

/// <summary>Retention removed the oldest events.</summary>
/// <param name="ThroughOrdering">Last that went.</param>
/// <param name="Count">How many went.</param>
public sealed record JournalTrimmed(long ThroughOrdering, long Count) : IJournalEvent;

/// <summary>What the catalogue does not know: of a later version, or damaged. Kept as it is.</summary>
/// <param name="Manifest">Name and version.</param>
/// <param name="Payload">The bytes.</param>
/// <param name="Problem">Why it could not be read.</param>
public sealed record UnknownEvent(string Manifest, byte[] Payload, string Problem) : IJournalEvent;

/// <summary>An event whose content was erased.</summary>
/// <param name="Manifest">Name and version.</param>
public sealed record ErasedEvent(string Manifest) : IJournalEvent;
