namespace Natflow.Actors;

/// <summary>A message that the kernel handles itself before the actor's handlers see it (contract A9).</summary>
public interface IAutoReceivedMessage;

/// <summary>A message that does not count as activity for the receive timeout (contract B3).</summary>
public interface INotInfluenceReceiveTimeout;

/// <summary>Stops the actor after the messages before it.</summary>
public sealed class PoisonPill : IAutoReceivedMessage, Event.IDeadLetterSuppression
{
    private PoisonPill()
    {
    }

    /// <summary>The only one.</summary>
    public static PoisonPill Instance { get; } = new();
}

/// <summary>Makes the actor throw <see cref="ActorKilledException"/>.</summary>
public sealed class Kill : IAutoReceivedMessage
{
    private Kill()
    {
    }

    /// <summary>The only one.</summary>
    public static Kill Instance { get; } = new();
}

/// <summary>Answered by every actor, also a dead one, by <see cref="ActorIdentity"/>.</summary>
/// <param name="MessageId">Comes back in the answer.</param>
public sealed record Identify(object? MessageId) : IAutoReceivedMessage, INotInfluenceReceiveTimeout;

/// <summary>Answer to <see cref="Identify"/>.</summary>
/// <param name="MessageId">Of the question.</param>
/// <param name="Subject">The actor, or null if there is none.</param>
public sealed record ActorIdentity(object? MessageId, IActorRef? Subject);

/// <summary>A watched actor has gone (contracts W1 to W4).</summary>
/// <param name="ActorRef">Which.</param>
/// <param name="ExistenceConfirmed">False if it was gone before it was watched.</param>
/// <param name="AddressTerminated">True if its whole node was lost; false for every actor of this process.</param>
public sealed record Terminated(IActorRef ActorRef, bool ExistenceConfirmed, bool AddressTerminated) : IAutoReceivedMessage;

/// <summary>Nothing came for the time set by <see cref="IActorContext.SetReceiveTimeout"/>.</summary>
public sealed class ReceiveTimeout
{
    private ReceiveTimeout()
    {
    }

    /// <summary>The only one.</summary>
    public static ReceiveTimeout Instance { get; } = new();
}

/// <summary>Outcomes as messages.</summary>
public static class Status
{
    /// <summary>It worked.</summary>
    /// <param name="Value">What came out, if anything.</param>
    public sealed record Success(object? Value = null);

    /// <summary>It failed. As an answer it faults the task of <c>Ask</c>.</summary>
    /// <param name="Cause">Why.</param>
    public sealed record Failure(Exception Cause);
}
