namespace Natflow.Actors.Event;

/// <summary>What became of a message that no handler took.</summary>
/// <param name="Message">The message.</param>
/// <param name="Sender">Who sent it, or the dead letters.</param>
/// <param name="Recipient">Whom it was sent to.</param>
public abstract record AllDeadLetters(object Message, IActorRef Sender, IActorRef Recipient);

/// <summary>Undeliverable: the recipient has gone, or its mailbox was full (contract D1).</summary>
/// <inheritdoc cref="AllDeadLetters" />
public sealed record DeadLetter(object Message, IActorRef Sender, IActorRef Recipient) : AllDeadLetters(Message, Sender, Recipient);

/// <summary>Undeliverable, of a kind that nobody needs to know about.</summary>
/// <inheritdoc cref="AllDeadLetters" />
public sealed record SuppressedDeadLetter(object Message, IActorRef Sender, IActorRef Recipient) : AllDeadLetters(Message, Sender, Recipient);

/// <summary>Delivered, but the actor has no handler for it (contract A8).</summary>
/// <inheritdoc cref="AllDeadLetters" />
public sealed record UnhandledMessage(object Message, IActorRef Sender, IActorRef Recipient);

/// <summary>A message that is expected to come too late now and then: <see cref="SuppressedDeadLetter"/>, not logged.</summary>
public interface IDeadLetterSuppression;
