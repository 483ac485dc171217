using Natflow.Actors.Dispatch;

namespace Natflow.Actors.Cells;

/// <summary>Whom an actor watches, and who watches it (contracts W1 to W3). Owner turn.</summary>
internal sealed class DeathWatch(ActorCell cell)
{
    private Dictionary<IActorRef, object?>? _watching; // Value: the message in place of Terminated.
    private Dictionary<IActorRef, object?>? _queued; // Gone; their Terminated is in the mailbox.
    private HashSet<InternalActorRef>? _watchers;

    /// <summary>Starts to watch.</summary>
    /// <exception cref="InvalidOperationException">It is watched with another message.</exception>
    internal void Watch(IActorRef subject, object? message)
    {
        InternalActorRef actor = InternalActorRef.Of(subject);
        if (ReferenceEquals(actor, cell.Self)) return;
        _watching ??= [];
        if (_watching.TryGetValue(actor, out object? present))
        {
            if (!Equals(present, message))
                throw new InvalidOperationException($"{actor} is watched already, with {present ?? "Terminated"}; unwatch it first");
            return;
        }

        _watching.Add(actor, message);
        actor.SendSystem(new Watch(actor, cell.Self));
    }

    internal void Unwatch(IActorRef subject)
    {
        if (_watching?.Remove(subject) == true)
            InternalActorRef.Of(subject).SendSystem(new Unwatch(cell.Self));
        _queued?.Remove(subject);
    }

    internal void AddWatcher(InternalActorRef watcher) => (_watchers ??= []).Add(watcher);

    internal void RemoveWatcher(InternalActorRef watcher) => _watchers?.Remove(watcher);

    /// <summary>The subject has gone: its notice goes behind the messages it sent before (contract W3).</summary>
    internal void OnNotification(DeathWatchNotification notice)
    {
        if (_watching is null || !_watching.Remove(notice.Actor, out object? message)) return;
        (_queued ??= [])[notice.Actor] = message;
        cell.Self.TellExempt(new Terminated(notice.Actor, notice.ExistenceConfirmed, AddressTerminated: false), notice.Actor);
    }

    /// <summary>The notice has its turn.</summary>
    /// <returns>What the actor gets; null if it does not want to know any more.</returns>
    internal object? Take(Terminated terminated) =>
        _queued is not null && _queued.Remove(terminated.ActorRef, out object? message) ? message ?? terminated : null;

    /// <summary>A notice that was taken is put back into the mailbox.</summary>
    internal void Requeue(Terminated terminated) => (_queued ??= [])[terminated.ActorRef] = null;

    /// <summary>This actor has gone. The parent learns it anyway.</summary>
    internal void OnTerminated(InternalActorRef parent)
    {
        foreach (InternalActorRef watcher in _watchers ?? [])
        {
            if (!ReferenceEquals(watcher, parent))
                watcher.SendSystem(new DeathWatchNotification(cell.Self, existenceConfirmed: true));
        }

        foreach (IActorRef subject in (_watching ?? []).Keys)
            InternalActorRef.Of(subject).SendSystem(new Unwatch(cell.Self));
        _watchers = null;
        _watching = null;
        _queued = null;
    }
}
