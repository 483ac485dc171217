namespace Natflow.Actors;

/// <summary>Where messages for one actor go. A reference names one incarnation: it never reaches a successor of the same path.</summary>
public interface IActorRef
{
    /// <summary>Place of the actor in the tree.</summary>
    ActorPath Path { get; }

    /// <summary>
    /// Sends a message. Never blocks; at most once; messages of one sender to one receiver keep their order (contracts A1, A2).
    /// Any thread.
    /// </summary>
    /// <param name="message">An immutable object.</param>
    /// <param name="sender">Where answers go; null is nowhere.</param>
    /// <exception cref="InvalidMessageException">The message is null.</exception>
    void Tell(object message, IActorRef? sender);
}
