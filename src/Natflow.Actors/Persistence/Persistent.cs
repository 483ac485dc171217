namespace Natflow.Actors.Persistence;

/// <summary>One event on its way to the journal, or from it. Immutable.</summary>
/// <param name="Payload">The event.</param>
/// <param name="SequenceNr">Its number in the stream, from 1.</param>
/// <param name="PersistenceId">The stream.</param>
/// <param name="Sender">Sender of the command that caused it; null in replay.</param>
/// <param name="Timestamp">When it was stored; null on the way to the journal.</param>
public sealed record Persistent(object Payload, long SequenceNr, string PersistenceId, IActorRef? Sender = null, DateTimeOffset? Timestamp = null);

/// <summary>Events of one stream that become visible together or not at all (contract J1).</summary>
/// <param name="Payload">At least one, with consecutive numbers.</param>
public sealed record AtomicWrite(IReadOnlyList<Persistent> Payload);

/// <summary>A deferred event: it goes through the journal's queue to keep its place, and is not stored (contract P8).</summary>
/// <param name="Payload">The event.</param>
/// <param name="Sender">Sender of the command that caused it.</param>
public sealed record NonPersistentMessage(object Payload, IActorRef? Sender);
