namespace Natflow.Actors;

/// <summary>Base of what the kernel throws.</summary>
public class AkkaException : Exception
{
    /// <summary>Makes one.</summary>
    public AkkaException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>An actor was named as no actor may be, or as a living sibling is (contract L2).</summary>
public sealed class InvalidActorNameException(string message) : AkkaException(message);

/// <summary>A message was null.</summary>
public sealed class InvalidMessageException(string message) : AkkaException(message)
{
    internal static void ThrowIfNull(object? message)
    {
        if (message is null) throw new InvalidMessageException("a message must not be null");
    }
}

/// <summary>A dispatcher or mailbox id that is not configured, or a shutdown phase that contradicts itself.</summary>
public sealed class ConfigurationException(string message) : AkkaException(message);

/// <summary>Constructor or <c>PreStart</c> threw: by default the actor is stopped (contract L3).</summary>
public class ActorInitializationException : AkkaException
{
    /// <summary>Makes one.</summary>
    public ActorInitializationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary><c>PostRestart</c>, or the constructor of the new instance, threw.</summary>
/// <param name="message">Which actor.</param>
/// <param name="cause">What was thrown now.</param>
/// <param name="originalCause">Why it was being restarted.</param>
public sealed class PostRestartException(string message, Exception cause, Exception originalCause)
    : ActorInitializationException(message, cause)
{
    /// <summary>Why the actor was being restarted.</summary>
    public Exception OriginalCause { get; } = originalCause;
}

/// <summary><see cref="Kill"/> was received.</summary>
public sealed class ActorKilledException(string message) : AkkaException(message);

/// <summary>A watched actor has gone and <see cref="Terminated"/> was not handled (contract A8).</summary>
public sealed class DeathPactException(IActorRef deadActor) : AkkaException($"{deadActor} has gone and its end was not handled")
{
    /// <summary>The watched actor.</summary>
    public IActorRef DeadActor { get; } = deadActor;
}

/// <summary>No answer in time.</summary>
public sealed class AskTimeoutException(string message) : AkkaException(message);

/// <summary>An operation that the state of the actor does not allow, such as stashing one message twice.</summary>
public sealed class IllegalActorStateException(string message) : AkkaException(message);

/// <summary>The stash is full (contract B2).</summary>
public sealed class StashOverflowException(string message) : AkkaException(message);
