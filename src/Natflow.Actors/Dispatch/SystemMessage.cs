namespace Natflow.Actors.Dispatch;

/// <summary>
/// A message between cells, never seen by an actor. Each instance is sent once: it is a link of the receiver's list
/// (contract M1).
/// </summary>
internal abstract class SystemMessage
{
    internal SystemMessage? Next { get; set; }
}

/// <summary>First message of each actor: make the instance.</summary>
internal sealed class Create : SystemMessage;

/// <summary>Parent failed or restarts this one: handle no user message until told.</summary>
internal sealed class Suspend : SystemMessage;

/// <summary>Undoes one suspension. With a cause: the parent's answer to this actor's own failure.</summary>
internal sealed class Resume(Exception? cause) : SystemMessage
{
    internal Exception? Cause { get; } = cause;
}

/// <summary>Undoes one suspension by a new instance.</summary>
internal sealed class Recreate(Exception cause) : SystemMessage
{
    internal Exception Cause { get; } = cause;
}

/// <summary>Stop after the current message.</summary>
internal sealed class Terminate : SystemMessage;

/// <summary>To the subject: tell the watcher when you are gone.</summary>
internal sealed class Watch(InternalActorRef subject, InternalActorRef watcher) : SystemMessage
{
    internal InternalActorRef Subject { get; } = subject;

    internal InternalActorRef Watcher { get; } = watcher;
}

/// <summary>To the subject: the watcher does not care any more.</summary>
internal sealed class Unwatch(InternalActorRef watcher) : SystemMessage
{
    internal InternalActorRef Watcher { get; } = watcher;
}

/// <summary>To the parent: the child threw and waits for a decision.</summary>
internal sealed class Failed(InternalActorRef child, Exception cause) : SystemMessage
{
    internal InternalActorRef Child { get; } = child;

    internal Exception Cause { get; } = cause;
}

/// <summary>To parent and watchers: the actor is gone.</summary>
internal sealed class DeathWatchNotification(InternalActorRef actor, bool existenceConfirmed) : SystemMessage
{
    internal InternalActorRef Actor { get; } = actor;

    internal bool ExistenceConfirmed { get; } = existenceConfirmed;
}

/// <summary>The next piece of an asynchronous handler.</summary>
internal sealed class Continuation(SendOrPostCallback callback, object? state) : SystemMessage
{
    internal void Run() => callback(state);
}

/// <summary>The asynchronous handler has ended.</summary>
internal sealed class AsyncHandlerEnded(Task task) : SystemMessage
{
    internal Task Task { get; } = task;
}
