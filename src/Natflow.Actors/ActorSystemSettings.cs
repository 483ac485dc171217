using Natflow.Actors.Dispatch;
using Natflow.Actors.Event;

namespace Natflow.Actors;

/// <summary>Everything about an actor system that can be chosen. Immutable.</summary>
public sealed record ActorSystemSettings
{
    /// <summary>Wall clock, monotonic clock and timers of everything in the system.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Lowest level of log events that are published at first.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.InfoLevel;

    /// <summary>Dispatchers beyond the ones of <see cref="Dispatch.Dispatchers"/>, or in their place, by id.</summary>
    public IReadOnlyDictionary<string, Func<MessageDispatcher>> Dispatchers { get; init; } =
        new Dictionary<string, Func<MessageDispatcher>>(StringComparer.Ordinal);

    /// <summary>Capacities of bounded mailboxes in messages, by id. What does not fit is a dead letter at once: a sender never waits.</summary>
    public IReadOnlyDictionary<string, int> BoundedMailboxes { get; init; } =
        new Dictionary<string, int>(StringComparer.Ordinal) { [BoundedMailboxId] = 1000 };

    /// <summary>How <c>/user</c> treats the actors made by the system (contract V6).</summary>
    public SupervisorStrategy GuardianStrategy { get; init; } = SupervisorStrategy.DefaultStrategy;

    /// <summary>Dead letters logged before the log keeps quiet about them; 0 logs none.</summary>
    public int LogDeadLetters { get; init; } = 10;

    /// <summary>How long the log keeps quiet about dead letters.</summary>
    public TimeSpan LogDeadLettersSuspendDuration { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Phases and behaviour of the shutdown.</summary>
    public CoordinatedShutdownSettings CoordinatedShutdown { get; init; } = new();

    /// <summary>Id of the mailbox bounded to 1000 messages.</summary>
    public const string BoundedMailboxId = "bounded-mailbox";
}
