using System.Collections.Concurrent;

namespace Natflow.Actors.Event;

/// <summary>
/// Publish and subscribe by type inside one system (contract D3). Publishing hands the event to the mailboxes of all subscribers
/// before it returns. Any thread.
/// </summary>
public sealed class EventStream
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IActorRef, HashSet<Type>> _channels = [];
    private readonly ConcurrentDictionary<Type, IActorRef[]> _cache = new(); // Subscribers by exact type of the event.

    internal EventStream()
    {
    }

    /// <summary>From now on the subscriber gets events of that type and its subtypes.</summary>
    /// <param name="subscriber">An actor; forgotten when it dies.</param>
    /// <param name="channel">A class or interface.</param>
    /// <returns>False if it was subscribed, or is dead.</returns>
    public bool Subscribe(IActorRef subscriber, Type channel)
    {
        lock (_lock)
        {
            if (!_channels.TryGetValue(subscriber, out HashSet<Type>? types))
                _channels.Add(subscriber, types = []);
            if (!types.Add(channel)) return false;
            _cache.Clear();
        }

        if (subscriber is not Cells.LocalActorRef { Cell.Mailbox.IsClosed: true }) return true;
        Unsubscribe(subscriber); // It died meanwhile and did not see this subscription.
        return false;
    }

    /// <summary>No events of that type any more.</summary>
    /// <param name="subscriber">A subscriber.</param>
    /// <param name="channel">A type it subscribed to.</param>
    /// <returns>False if it was not subscribed.</returns>
    public bool Unsubscribe(IActorRef subscriber, Type channel)
    {
        lock (_lock)
        {
            if (!_channels.TryGetValue(subscriber, out HashSet<Type>? types) || !types.Remove(channel)) return false;
            if (types.Count == 0) _channels.Remove(subscriber);
            _cache.Clear();
            return true;
        }
    }

    /// <summary>No events at all any more.</summary>
    /// <param name="subscriber">A subscriber.</param>
    /// <returns>False if it was not subscribed.</returns>
    public bool Unsubscribe(IActorRef subscriber)
    {
        lock (_lock)
        {
            if (!_channels.Remove(subscriber)) return false;
            _cache.Clear();
            return true;
        }
    }

    /// <summary>Hands the event to all who subscribed to its type or a type above.</summary>
    /// <param name="event">An immutable object.</param>
    public void Publish(object @event)
    {
        IActorRef[] subscribers = _cache.TryGetValue(@event.GetType(), out IActorRef[]? known) ? known : Find(@event.GetType());
        foreach (IActorRef subscriber in subscribers)
            subscriber.Tell(@event, ActorRefs.NoSender);
    }

    private IActorRef[] Find(Type type)
    {
        lock (_lock)
        {
            IActorRef[] found = [.. _channels.Where(entry => entry.Value.Any(channel => channel.IsAssignableFrom(type))).Select(entry => entry.Key)];
            _cache[type] = found;
            return found;
        }
    }
}
