namespace Natflow.Actors.Persistence;

/// <summary>Wish that events are stored. Answered by <see cref="WriteMessagesSuccessful"/> or <see cref="WriteMessagesFailed"/>, then by one answer an event, in order.</summary>
/// <param name="Messages"><see cref="AtomicWrite"/> and <see cref="NonPersistentMessage"/>, in order.</param>
/// <param name="PersistentActor">Gets the answers.</param>
/// <param name="ActorInstanceId">Comes back in the answers: those to an earlier incarnation are ignored (contract P12).</param>
public sealed record WriteMessages(IReadOnlyList<object> Messages, IActorRef PersistentActor, int ActorInstanceId);

/// <summary>An answer of the journal to a write.</summary>
public interface IJournalAnswer
{
    /// <summary>Of the incarnation that asked.</summary>
    int ActorInstanceId { get; }
}

/// <summary>The request as a whole was handled: the next may be sent.</summary>
/// <param name="ActorInstanceId">Of the incarnation that asked.</param>
public sealed record WriteMessagesSuccessful(int ActorInstanceId) : IJournalAnswer;

/// <summary>The request as a whole failed: whether anything is stored is unknown.</summary>
/// <param name="Cause">Why.</param>
/// <param name="ActorInstanceId">Of the incarnation that asked.</param>
public sealed record WriteMessagesFailed(Exception Cause, int ActorInstanceId) : IJournalAnswer;

/// <summary>An event is stored.</summary>
/// <param name="Persistent">Which.</param>
/// <param name="ActorInstanceId">Of the incarnation that asked.</param>
public sealed record WriteMessageSuccess(Persistent Persistent, int ActorInstanceId) : IJournalAnswer;

/// <summary>An event is refused and not stored; the journal is well (contract J2).</summary>
/// <param name="Message">Which.</param>
/// <param name="Cause">Why.</param>
/// <param name="ActorInstanceId">Of the incarnation that asked.</param>
public sealed record WriteMessageRejected(Persistent Message, Exception Cause, int ActorInstanceId) : IJournalAnswer;

/// <summary>An event may or may not be stored.</summary>
/// <param name="Message">Which.</param>
/// <param name="Cause">Why.</param>
/// <param name="ActorInstanceId">Of the incarnation that asked.</param>
public sealed record WriteMessageFailure(Persistent Message, Exception Cause, int ActorInstanceId) : IJournalAnswer;

/// <summary>A deferred event has its turn.</summary>
/// <param name="Message">The event.</param>
/// <param name="ActorInstanceId">Of the incarnation that asked.</param>
public sealed record LoopMessageSuccess(object Message, int ActorInstanceId) : IJournalAnswer;

/// <summary>Wish for the events of a stream (contract J8). Answered by <see cref="ReplayedMessage"/> each, then <see cref="RecoverySuccess"/> or <see cref="ReplayMessagesFailure"/>.</summary>
/// <param name="FromSequenceNr">First number.</param>
/// <param name="ToSequenceNr">Last number.</param>
/// <param name="Max">Most events; 0 for none.</param>
/// <param name="PersistenceId">The stream.</param>
/// <param name="PersistentActor">Gets the answers.</param>
public sealed record ReplayMessages(long FromSequenceNr, long ToSequenceNr, long Max, string PersistenceId, IActorRef PersistentActor);

/// <summary>One event of a replay.</summary>
/// <param name="Persistent">The event.</param>
public sealed record ReplayedMessage(Persistent Persistent);

/// <summary>The replay is over.</summary>
/// <param name="HighestSequenceNr">Highest number ever used in the stream, also by events deleted since (contract J9).</param>
public sealed record RecoverySuccess(long HighestSequenceNr);

/// <summary>The replay broke off.</summary>
/// <param name="Cause">Why.</param>
public sealed record ReplayMessagesFailure(Exception Cause);

/// <summary>Wish that events vanish from replay (contract J11). Answered by <see cref="DeleteMessagesSuccess"/> or <see cref="DeleteMessagesFailure"/>.</summary>
/// <param name="PersistenceId">The stream.</param>
/// <param name="ToSequenceNr">Last number, inclusive.</param>
/// <param name="PersistentActor">Gets the answer.</param>
public sealed record DeleteMessagesTo(string PersistenceId, long ToSequenceNr, IActorRef PersistentActor);

/// <summary>Events were deleted (contract J12).</summary>
/// <param name="ToSequenceNr">As asked.</param>
public sealed record DeleteMessagesSuccess(long ToSequenceNr);

/// <summary>Events were not deleted.</summary>
/// <param name="Cause">Why.</param>
/// <param name="ToSequenceNr">As asked.</param>
public sealed record DeleteMessagesFailure(Exception Cause, long ToSequenceNr);
