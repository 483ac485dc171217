namespace Natflow.Actors;

/// <summary>What an actor may do with the kernel. To be used by the actor itself, while it handles a message.</summary>
public interface IActorContext : IActorRefFactory
{
    /// <summary>The actor's own reference; may be given to anybody.</summary>
    IActorRef Self { get; }

    /// <summary>Sender of the current message, or the dead letters. Capture it before an <c>await</c> that leaves the actor (contract A4).</summary>
    IActorRef Sender { get; }

    /// <summary>Who supervises the actor.</summary>
    IActorRef Parent { get; }

    /// <summary>How the actor was made.</summary>
    Props Props { get; }

    /// <summary>Where the actor lives.</summary>
    ActorSystem System { get; }

    /// <summary>The receive timeout, or null.</summary>
    TimeSpan? ReceiveTimeout { get; }

    /// <summary>The child of that name, also one that is terminating; <see cref="ActorRefs.Nobody"/> if there is none.</summary>
    /// <param name="name">Name of the child.</param>
    IActorRef Child(string name);

    /// <summary>The children now, terminating ones included. A copy.</summary>
    IReadOnlyCollection<IActorRef> GetChildren();

    /// <summary>Asks for <see cref="Terminated"/> when the subject has gone. Watching twice is once (contract W2).</summary>
    /// <param name="subject">Any actor; watching oneself does nothing.</param>
    /// <returns>The subject.</returns>
    IActorRef Watch(IActorRef subject);

    /// <summary>Asks for a message of one's own instead of <see cref="Terminated"/>.</summary>
    /// <param name="subject">Any actor.</param>
    /// <param name="message">What to receive.</param>
    /// <returns>The subject.</returns>
    /// <exception cref="InvalidOperationException">It is watched with another message.</exception>
    IActorRef WatchWith(IActorRef subject, object message);

    /// <summary>No notice any more, also none that is already queued.</summary>
    /// <param name="subject">Any actor.</param>
    /// <returns>The subject.</returns>
    IActorRef Unwatch(IActorRef subject);

    /// <summary>Replaces the current behaviour from the next message on (contract B1).</summary>
    /// <param name="receive">Handles messages; false means unhandled.</param>
    void Become(Receive receive);

    /// <summary>Puts a behaviour on top of the current one.</summary>
    /// <param name="receive">Handles messages; false means unhandled.</param>
    void BecomeStacked(Receive receive);

    /// <summary>Goes back to the behaviour below; below the last is the initial one.</summary>
    void UnbecomeStacked();

    /// <summary>Sends <see cref="Actors.ReceiveTimeout"/> once when nothing came for so long (contract B3).</summary>
    /// <param name="timeout">More than zero; null switches it off.</param>
    void SetReceiveTimeout(TimeSpan? timeout);
}
