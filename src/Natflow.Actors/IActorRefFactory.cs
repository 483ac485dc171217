namespace Natflow.Actors;

/// <summary>Who can make and stop actors: a system, or an actor for its children.</summary>
public interface IActorRefFactory
{
    /// <summary>Makes an actor. It is constructed later, on its own thread; messages may be sent at once.</summary>
    /// <param name="props">How to make it.</param>
    /// <param name="name">Unique among living and still terminating siblings; null generates one.</param>
    /// <exception cref="InvalidActorNameException">The name is taken or is no name (contract L2).</exception>
    /// <exception cref="ConfigurationException">Dispatcher or mailbox is not configured.</exception>
    /// <exception cref="InvalidOperationException">The parent is terminating.</exception>
    IActorRef ActorOf(Props props, string? name = null);

    /// <summary>Stops an actor after its current message (contract L4). Asynchronous; stopping twice is once.</summary>
    /// <param name="actor">Usually a child or <c>Self</c>.</param>
    void Stop(IActorRef actor);
}
